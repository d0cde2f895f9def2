#!/usr/bin/env bash
# The batch through the real program: each exit code from 0 to 5, nondeterminism with step and side in every report,
# what GitHub is told, expected failures on both sides of their last day, and the schema of suites.
# usage: program_test.sh SOURCE BUILD
set -euo pipefail
. "$(dirname "$0")/begin.sh" "$1" "$2"

# holds FILE TEXT: the text stands in the file.
holds() { grep -qF -- "$2" "$1" || wrong "$1 does not hold: $2"; }
lacks() { ! grep -qF -- "$2" "$1" || wrong "$1 holds: $2"; }
# suite NAME LINE...: a suite of the shipped loop, with more lines.
suite() {
  local name=$1
  shift
  { printf 'suite: %s\nrecord: frames\nlimits: {sim_time_s: 3, wall_time_s: 100}\n' "$name"
    printf '%s\n' "$@"; } >"$name.yaml"
}
loop="scenarios: [$source/assets/scenarios/loop.xosc]"
stack() { printf 'scenarios: [{file: %s/assets/scenarios/loop.xosc, stacks: [{"*": "%s"}]}]' "$source" "$1"; }
too_far='criteria: {route_progress: 1000000}'

suite pass "$loop"
suite fail "$loop" "$too_far"
sed 's/loop.xodr/nowhere.xodr/' "$source/assets/scenarios/loop.xosc" >no_map.xosc
suite invalid 'scenarios: [no_map.xosc]'
suite fault "$(stack 'exec:exit 7')"
suite empty 'seeds: [1, 2]' "$loop"
suite nowhere "$loop"
suite random "$(stack "exec:$build/tests/stack_zoo random 9")"

expect 0 pass --verify 100
expect 1 fail
expect 2 invalid
expect 3 fault
mkdir -p empty/runs
expect 4 empty --collect  # nothing was run, so nothing passed
expect 2 nowhere --collect  # and there is nothing to gather where no batch was
holds said 'there is no batch to collect'
[ ! -e nowhere ] || wrong '--collect made a directory'
expect 5 random --verify 100

# Nondeterminism: first step and side.
for report in results.jsonl junit.xml report.html; do
  holds "random/$report" NONDETERMINISTIC
  grep -Eq 'different at step [0-9]+, in stack exec:' "random/$report" || wrong "random/$report names neither step nor side"
done
holds pass/results.jsonl 'identical with 2 threads'

# GitHub is told only when it is there.
lacks said '::error'
: >summary.md
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary.md expect 1 fail --no-cache
grep -q '^::error file=.*title=FAIL' said || wrong 'no annotation'
holds summary.md '## fail'
holds summary.md '1 FAIL'

# An excuse counts to the end of its last day (UTC); midnight may pass between the lines, so the days are a day apart.
excuse() { printf 'expected_failures: [{scenario: "**/loop.xosc", until: "%s", reason: known}]' "$(date -u -d "$1" +%F)"; }
suite excused "$loop" "$too_far" "$(excuse tomorrow)"
suite expired "$loop" "$too_far" "$(excuse yesterday)"
expect 0 excused
holds excused/junit.xml 'skipped="1"'
expect 1 expired
holds expired/junit.xml 'failures="1"'

# A baseline: what newly fails and newly passes, and that a suite of the same runs has the same bits.
mkdir was_fail was_pass
sed 's/"verdict":"FAIL"/"verdict":"PASS"/' fail/results.jsonl >was_pass/results.jsonl
cp fail/results.jsonl was_fail/
expect 1 fail --baseline was_pass --json
holds said '"newly_failing": 1'
holds said '"same_bits": 1'
expect 1 fail --baseline was_fail --json
holds said '"newly_failing": 0'
# What passes now and did not pass then, and a metric that has moved beyond its tolerance or not.
sed 's/"verdict":"PASS"/"verdict":"FAIL"/; s/"sim_time_s":[0-9.]*/"sim_time_s":2.9/' pass/results.jsonl >was_fail/results.jsonl
expect 0 pass --baseline was_fail --json
holds said '"newly_passing": 1'
holds said '"metrics_moved": 1'
holds pass/report.html '"newly_passing":[0]'
{ cat pass.yaml; echo 'tolerances: {sim_time_s: {absolute: 0.2}}'; } >tolerant.yaml
expect 0 tolerant --baseline was_fail --json
holds said '"metrics_moved": 0'
expect 2 pass --baseline no_such_batch
{ cat pass.yaml; echo 'baseline: no_such_batch'; } >compared.yaml
expect 2 compared  # before anything is run
[ ! -e compared ] || wrong 'runs were made for a baseline that is not there'

# What `check` says of suites: each mistake with file and line, and nothing of those that are sound.
checked() {
  local code=0 expected=$1
  shift
  "$build/bin/bitgoeul" check "$@" >said 2>&1 || code=$?
  [ "$code" = "$expected" ] || wrong "check $*: exit code $code, expected $expected"
}
checked 0 pass.yaml fail.yaml excused.yaml random.yaml tolerant.yaml
checked 2 expired.yaml
holds said "expired.yaml:6:"
holds said 'ended on'
printf 'scenarios:\n  - %s\nlimit: {wall_time_s: 1}\nseeds: one\n' "$source/assets/scenarios/loop.xosc" >typos.yml
checked 2 typos.yml
holds said "typos.yml:3:1: error: suite: unknown key 'limit'"
holds said "did you mean 'limits'?"
holds said "typos.yml:4:8: error: seeds: 'one' is no whole number"

# A bundle: the run again, with the same bits and the same verdict; or only what came after the last key frame before the
# failure. One every 10 s: at step 1000 of 12 s, none in 3 s, none where nothing is recorded.
suite long "$loop" "$too_far"
sed -i 's/sim_time_s: 3/sim_time_s: 12/; s/record: frames/record: hash/' long.yaml
sed 's/record: hash/record: none/' long.yaml >unrecorded.yaml
expect 1 long
expect 1 unrecorded
# repro NAME CODE [OPTION]: the bundle of the suite's only run.
repro() {
  local code=0
  (mkdir -p elsewhere && cd elsewhere && rm -rf repro_out && BITGOEUL=$build/bin/bitgoeul "$work/$1"/runs/*/*/repro.sh "${@:3}") >said 2>&1 || code=$?
  [ "$code" = "$2" ] || wrong "repro.sh of $1: exit code $code, expected $2"
}
repro long 1
holds said 'same bits'
repro long 0 --key-frame
holds said 'identical: 200 steps after the key frame of step 1000 of '
repro fail 2 --key-frame
holds said 'no key frame: the run failed before its first one'
repro unrecorded 2 --key-frame
holds said 'no key frame: nothing was recorded'
repro unrecorded 1
holds said 'same bits'

# Neither the order of the runs nor who makes them decides a byte: shards from the last to the first, with other numbers
# of processes, gathered afterwards.
suite whole 'seeds: {from: 1, count: 24}' "$loop"
sed 's/suite: whole/suite: parts/' whole.yaml >parts.yaml
expect 0 whole
for shard in 2 1 0; do processes=$((shard + 1)) expect 0 parts --shard $shard/3; done
expect 0 parts --collect
cmp whole/results.jsonl parts/results.jsonl
[ "$(cat parts/results-*-of-3.jsonl | sort)" = "$(sort whole/results.jsonl)" ] || wrong 'the shards are not the whole'

# The schema says of each suite what the program says.
if /usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null; then
  /usr/bin/python3 - "$source" "$work" <<'PY'
import json, pathlib, sys
import jsonschema, yaml
source, work = map(pathlib.Path, sys.argv[1:])
schema = json.loads((source / "assets/ci/suite.schema.json").read_text())
validator = jsonschema.Draft7Validator(schema)
validator.check_schema(schema)
class Loader(yaml.SafeLoader):  # a date is a text, as in YAML 1.2, which editors read
    yaml_implicit_resolvers = {k: [r for r in v if not r[0].endswith("timestamp")] for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
good = [*source.glob("assets/suites/*.yaml"), source / "assets/ci/suite.yaml", *work.glob("*.yaml")]
assert len(good) >= 9, good
for file in good:
    errors = [e.message for e in validator.iter_errors(yaml.load(file.read_text(), Loader))]
    assert not errors, (file, errors)
for text in ("sceanrios: [a.xosc]", "scenarios: []", "{scenarios: [a], seeds: [1, 1]}", "{scenarios: [a], limits: {wall_time_s: -3}}",
             "scenarios: [{map: m}]", "scenarios: [{file: a, parameters: {v: []}}]", "scenarios: [{file: a, take: 0}]",
             "{scenarios: [a], expected_failures: [{scenario: a, until: tomorrow, reason: r}]}"):
    assert list(validator.iter_errors(yaml.load(text, Loader))), "the schema takes " + text
PY
  schema='the schema takes the sound suites and refuses 8 wrong ones'
else
  schema='the schema was not looked at: no python3-jsonschema'
fi

# The lines of the templates are lines of this program: 2 would be wrong usage.
cp pass.yaml suite.yaml
templates=0
while read -r line; do
  line=$(sed -E 's/\$\{\{[^}]*\}\}|\$\(\([^)]*\)\)/0/g; s/\$CI_NODE_TOTAL/4/g; s/"?\$JOB_COMPLETION_INDEX/0/; s/\/8".*/\/8/; s#/suite/suite.yaml#suite.yaml#; s#/out/batch#out#' <<<"$line")
  read -ra words <<<"$line"
  "$build/bin/bitgoeul" "${words[@]:1}" --list >said 2>&1 || wrong "a template calls: $line"
  templates=$((templates + 1))
done < <(grep -hoE '(run: |- |exec )bitgoeul batch .*' "$source"/assets/ci/{github.yml,gitlab.yml,kubernetes.yaml} | sed -E 's/^(run: |- |exec )//')
[ "$templates" = 5 ] || wrong "$templates calls in the templates, expected 5"
echo "batch: exit codes 0 to 5 provoked; $schema; $templates calls of templates accepted"
