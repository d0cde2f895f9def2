#!/usr/bin/env bash
# A batch whose disk fills up: it ends with exit code 3 and names the disk, what is there is whole, and when there is
# room again the result set is the same bytes as that of a batch that was never disturbed.
# usage: full_disk_test.sh SOURCE BUILD; exit 77 (skipped) where a small disk of one's own cannot be mounted.
set -euo pipefail
source=$1 build=$2
if [ "${3:-}" != inside ]; then
  unshare -rm true 2>/dev/null || { echo "skipped: no namespace of one's own"; exit 77; }
  exec unshare -rm "$0" "$source" "$build" inside
fi
work=$(mktemp -d)
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/small"
mount -t tmpfs -o size=600k tmpfs "$work/small" 2>/dev/null || { echo "skipped: no mount"; exit 77; }
export XDG_CACHE_HOME="$work/cache"
cat >"$work/suite.yaml" <<YAML
suite: full
seeds: {from: 1, count: 12}
record: frames
limits: {sim_time_s: 4, wall_time_s: 100}
scenarios:
  - file: $source/assets/scenarios/loop.xosc
YAML
code=0
"$build/bin/bitgoeul" batch "$work/suite.yaml" --out "$work/small/out" --quiet -j 2 >/dev/null 2>"$work/said" || code=$?
[ "$code" = 3 ] || { echo "exit code $code on a full disk, expected 3"; cat "$work/said"; exit 1; }
grep -qiE 'no space left|disk full' "$work/said" || { echo "the disk is not named:"; cat "$work/said"; exit 1; }
whole=$(find "$work/small/out/runs" -name manifest.json | wc -l)
dirs=$(find "$work/small/out/runs" -mindepth 2 -maxdepth 2 -type d | wc -l)
[ "$whole" = "$dirs" ] && [ "$whole" -lt 12 ] || { echo "$whole manifests in $dirs directories"; exit 1; }
mount -o remount,size=64m "$work/small"
"$build/bin/bitgoeul" batch "$work/suite.yaml" --out "$work/small/out" --quiet -j 2 --check-files >/dev/null
"$build/bin/bitgoeul" batch "$work/suite.yaml" --out "$work/calm" --quiet -j 2 >/dev/null
cmp "$work/small/out/results.jsonl" "$work/calm/results.jsonl"
echo "$whole of 12 runs were whole when the disk was full; the rest came later, with the same bytes"
