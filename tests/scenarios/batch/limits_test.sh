#!/usr/bin/env bash
# What a run may not do, through the real program: memory, size of files, wall time; stacks that misbehave beside runs
# that do not; a run that the engine drives otherwise the second time. Each has its verdict, and no other run notices.
# usage: limits_test.sh SOURCE BUILD
set -euo pipefail
. "$(dirname "$0")/begin.sh" "$1" "$2"
loop=$source/assets/scenarios/loop.xosc zoo=$build/tests/stack_zoo

# verdicts NAME: of its rows, in their order.
verdicts() { grep -o '"verdict":"[A-Z_]*","\(message\|excused\)' "$1/results.jsonl" | cut -d '"' -f 4 | tr '\n' ' '; }
# rows NAME WORDS: the verdicts are these.
rows() { [ "$(verdicts "$1")" = "$2 " ] || wrong "$1: $(verdicts "$1"), expected $2"; }
says() { grep -qF -- "$2" "$1/results.jsonl" || { cat "$1/results.jsonl"; wrong "$1 does not say: $2"; }; }

# Each limit, with a run beside it that keeps within its own.
cat >limits.yaml <<YAML
suite: limits
record: frames
limits: {sim_time_s: 2, wall_time_s: 100}
scenarios:
  - {file: $loop, seeds: 1}
  - {file: cut_in, limits: {memory_mb: 32}}
  - {file: $loop, seeds: 3, limits: {sim_time_s: 3000, output_mb: 1}, parameters: {duration: 3000}}
  - {file: $loop, seeds: 4, limits: {sim_time_s: 1000000, wall_time_s: 1}, parameters: {duration: 1000000}}
  - {file: $loop, seeds: 5}
YAML
expect 3 limits
rows limits 'PASS OUT_OF_MEMORY OUTPUT_LIMIT TIMEOUT PASS'
says limits 'needed more than 32 MB of memory'
says limits 'wrote a file larger than 1 MB'
says limits 'stopped after 1 s of wall time'

# An excuse is one for the run, not for a disk that does not take its result.
cat >excused.yaml <<YAML
suite: excused
record: none
limits: {sim_time_s: 1, wall_time_s: 100}
criteria: {route_progress: 1000000}
scenarios: [$loop]
expected_failures: [{scenario: "**/loop.xosc", until: $(date -u -d '+2 days' +%F), reason: known}]
YAML
expect 0 excused
code=0
env "LD_PRELOAD=$build/tests/disk_shim.so" ASAN_OPTIONS=verify_asan_link_order=0 "DISK_UNDER=$work/disk" DISK_ONLY=run \
  DISK_FAIL=1:5 "$build/bin/bitgoeul" batch excused.yaml --out "$work/disk/out" --quiet >said 2>&1 || code=$?
[ "$code" = 3 ] || wrong "an excused run on a broken disk: exit code $code, expected 3"
rows disk/out INFRA

# Stacks of every kind of misbehaviour, each with its class; the good ones among them drive the same bits as alone.
head='record: hash\nlimits: {sim_time_s: 2, wall_time_s: 60}\nscenarios:'
zoo() { printf '  - {file: %s, seeds: 7, stacks: [{first: "exec:%s %s"}]}\n' "$loop" "$zoo" "$1"; }
crashes='dies_at_once exit0 exit1 segfault abort kill children flood bye' breaches='close garbage huge twice nan infinite reject half'
{
  printf 'suite: zoo\n%b\n' "$head"
  for behaviour in good $crashes $breaches; do zoo "$behaviour"; done
  zoo 'good 2'
} >zoo.yaml
{ printf 'suite: good\n%b\n' "$head"; zoo good; } >good.yaml
expect 3 zoo
expect 0 good
expected=PASS
for _ in $crashes; do expected+=' STACK_CRASH'; done
for _ in $breaches; do expected+=' STACK_PROTOCOL'; done
rows zoo "$expected PASS"
good=$(grep -o '"state_hash":"[0-9a-f]*"' good/results.jsonl)
[ "$(grep -cF "$good" zoo/results.jsonl)" = 2 ] || wrong "the good stacks drove otherwise beside the others"

# A catalogue that is another one when the run is verified, with softer tyres: then the engine drives otherwise, from the
# step in the first bend on that `diff` finds between two runs with these catalogues.
mkdir -p cat other
cp "$source/assets/vehicles/vehicles.xosc" cat/
sed '/name="robotaxi"/,/<\/Vehicle>/s/value="14.5"/value="13.5"/' cat/vehicles.xosc >other/vehicles.xosc
cmp -s cat/vehicles.xosc other/vehicles.xosc && wrong 'the other catalogue is the same'
sed -e '0,/<\/Vehicle>/{/<Vehicle /,/<\/Vehicle>/{/<\/Vehicle>/!d;s#.*#<CatalogReference catalogName="vehicles" entryName="robotaxi"/>#}}' \
  -e 's#<CatalogLocations/>#<CatalogLocations><VehicleCatalog><Directory path="cat"/></VehicleCatalog></CatalogLocations>#' \
  -e "s#loop.xodr#$source/assets/scenarios/loop.xodr#" "$loop" >catalogue.xosc
cat >engine.yaml <<YAML
suite: engine
record: frames
limits: {sim_time_s: 18, wall_time_s: 100}
scenarios: [catalogue.xosc]
YAML
shim=(env "LD_PRELOAD=$build/tests/disk_shim.so" "ASAN_OPTIONS=verify_asan_link_order=0" "DISK_UNDER=$work"
  "DISK_INSTEAD=$work/cat/vehicles.xosc:$work/other/vehicles.xosc")
"$build/bin/bitgoeul" run catalogue.xosc --duration 18 --out a --quiet >said 2>&1 || wrong 'the run does not pass'
"${shim[@]}" DISK_ONLY=run "$build/bin/bitgoeul" run "$PWD/catalogue.xosc" --duration 18 --out b --quiet >said 2>&1 || wrong 'the other run does not pass'
"$build/bin/bitgoeul" diff a/run.mcap b/run.mcap --json >diff.json 2>said || [ $? = 1 ] || wrong 'the runs cannot be compared'
step=$(grep -o '"first_difference": {"step": [0-9]*' diff.json | grep -o '[0-9]*$' || true)
[ "${step:-0}" -gt 1 ] || { cat diff.json; wrong 'diff names no step'; }
code=0
"${shim[@]}" DISK_ONLY=verify "$build/bin/bitgoeul" batch "$PWD/engine.yaml" --out engine --quiet --verify 100 >said 2>&1 || code=$?
[ "$code" = 5 ] || wrong "a difference in the engine: exit code $code, expected 5"
rows engine NONDETERMINISTIC
says engine "different at step $step ("
says engine 'in the engine: '
# From the last key frame on it is found at the same step, and not where the run is over before it.
code=0
"${shim[@]}" DISK_ONLY=verify "$build/bin/bitgoeul" verify "$PWD/a/run.mcap" --from last --quiet >said 2>&1 || code=$?
[ "$code" = 5 ] && grep -q "different at step $step (.*in the engine" said || wrong "from the key frame: exit code $code"
# Without the other catalogue it is the same engine: what was found does not stick to the suite.
expect 0 engine --verify 100 --no-cache
says engine 'identical with 2 threads'
echo "batch: memory, output and time limits, 19 stacks, and a difference of the engine at step $step, each with its verdict"
