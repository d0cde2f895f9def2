#!/usr/bin/env bash
# usage: foreign_readers_test.sh SOURCE_DIR BUILD_DIR
# A run of ours in every format of `log convert`, read back by readers that are not ours: Python's csv module, Google's
# Protobuf runtime, the MCAP project's reader from npm with the definitions of ASAM and Foxglove; and held against real
# samples where ../shared or BITGOEUL_SHARED has them. Exit 77: nothing of that is there.
set -u
source=$1 build=$2 bitgoeul=$2/bin/bitgoeul
shared=${BITGOEUL_SHARED:-$source/../shared}
folder=$build/foreign_readers
[ -d "$shared/data/logs" ] || { echo "no $shared/data/logs: not held against real samples"; shared=; }
rm -rf "$folder" && mkdir -p "$folder" && cd "$folder" || exit 1
"$bitgoeul" run "$source/assets/scenarios/ring_road_fog_pile_up.xosc" --duration 20 --out run --trajectories live.csv --quiet >/dev/null
"$bitgoeul" run "$source/assets/scenarios/right_turn_pedestrian.xosc" --duration 20 --out junction --quiet >/dev/null
[ -s run/run.mcap ] && [ -s junction/run.mcap ] || exit 1
"$bitgoeul" log cut run/run.mcap --end 5 -o short.mcap --quiet >/dev/null || exit 1
for to in csv:csv:run/run womd:tfrecord:run/run womd:junction:junction/run osi-trace:osi:short osi:osi.mcap:short omega-prime:omega-prime.mcap:short; do
  IFS=: read -r format suffix log <<< "$to"
  [ "$suffix" = junction ] && out=junction.tfrecord || out=run.$suffix
  "$bitgoeul" log convert "$log.mcap" --to "$format" -o "$out" --quiet >/dev/null || exit 1
done
done_something=
/usr/bin/python3 "$source/tests/replay/foreign_readers.py" "$source" "$folder" ${shared:+"$shared"}
case $? in 0) done_something=yes ;; 77) ;; *) exit 1 ;; esac
npm_folder=$("$source/tests/replay/npm_install.sh" "$build") && {
  cp "$source/tests/replay/npm_osi.mjs" "$npm_folder/" && node "$npm_folder/npm_osi.mjs" "$folder" ${shared:+"$shared"} || exit 1
  done_something=yes
}
[ -n "$done_something" ] || exit 77
