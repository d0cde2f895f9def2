#!/usr/bin/env bash
# The batch as its users interrupt it: Ctrl-C, a second one, a kill in the middle. Exit codes, no process left over (nor
# of the driving stacks), and whoever goes on ends with the bytes of a batch that nobody disturbed.
# usage: interrupt_test.sh SOURCE BUILD
set -euo pipefail
. "$(dirname "$0")/begin.sh" "$1" "$2"
mkfifo tick
exec 9<>tick
wait_a_little() { read -r -t 0.02 -u 9 || true; }

cat >suite.yaml <<YAML
suite: interrupted
seeds: {from: 1, count: 10}
record: hash
limits: {sim_time_s: 20, wall_time_s: 100}
scenarios:
  - file: $source/assets/scenarios/loop.xosc
    stacks: [{first: "builtin:driver"}, {first: "exec:$build/tests/stack_zoo good"}]
YAML
batch() { "$build/bin/bitgoeul" batch suite.yaml --out "$@" --quiet -j 2 >said 2>&1; }
complete() { find "$1/runs" -name manifest.json 2>/dev/null | wc -l; }
batch calm || wrong "the undisturbed batch does not pass"
total=$(complete calm)

# Processes of disturbed batches, which have the mark in their environment.
left_over() {
  local environ pid
  for environ in /proc/[0-9]*/environ; do
    pid=${environ#/proc/} pid=${pid%/environ}
    if grep -qzF "BITGOEUL_TEST_MARK=$work" "$environ" 2>/dev/null; then echo "$pid"; fi
  done
}
nobody_left() {
  local left
  for _ in $(seq 500); do
    left=$(left_over)
    [ -z "$left" ] && return
    wait_a_little
  done
  wrong "$1: left running: $(ps -o pid,ppid,args -p "${left//$'\n'/,}")"
}
# disturb OUT SIGNAL...: a batch into OUT, stopped by the signals when its first runs are complete; its exit code is in
# code, and all that it started must be gone.
disturb() {
  local out=$1 pid
  shift
  BITGOEUL_TEST_MARK=$work "$build/bin/bitgoeul" batch suite.yaml --out "$out" --quiet -j 2 >said 2>&1 &
  pid=$!
  until [ "$(complete "$out")" -ge 3 ]; do
    kill -0 "$pid" 2>/dev/null || wrong "$out: ended by itself"
    wait_a_little
  done
  kill -STOP "$pid"  # so that all signals are there when it goes on
  for signal; do kill "-$signal" "$pid"; done
  kill -CONT "$pid"
  code=0
  wait "$pid" 2>/dev/null || code=$?
  nobody_left "$out"
  [ "$(complete "$out")" -lt "$total" ] || wrong "$out: it was stopped too late to prove anything"
}
# go_on OUT: the same bytes as undisturbed.
go_on() {
  batch "$1" --resume --check-files || wrong "$1: going on failed"
  cmp "$1/results.jsonl" calm/results.jsonl
  cmp "$1/junit.xml" calm/junit.xml
  cmp "$1/report.html" calm/report.html
}

disturb once INT
[ "$code" = 4 ] || wrong "Ctrl-C: exit code $code, expected 4"
[ "$(grep -c '"verdict":"NOT_RUN"' once/results.jsonl)" = $((total - $(complete once))) ] || wrong "what was not run is not said"
grep -q '"verdict":"FAIL"\|"verdict":"INFRA"' once/results.jsonl && wrong "an interrupted run counts as a fault"
go_on once
# Two signals that are there at once, or a terminal that hangs up after Ctrl-C.
disturb twice INT TERM
[ "$code" = 130 ] || wrong "a second signal: exit code $code, expected 130"
[ ! -e twice/results.jsonl ] || wrong "a second signal: reports were written all the same"
go_on twice
# The terminal is closed.
disturb closed HUP
[ "$code" = 129 ] || wrong "SIGHUP: exit code $code, expected 129"
go_on closed
disturb killed KILL
[ "$code" = 137 ] || wrong "kill -9: exit code $code"
go_on killed

# A second Ctrl-C ends it also when it hangs in its last work, here a step summary that nobody reads.
mkfifo summary
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary "$build/bin/bitgoeul" batch suite.yaml --out hangs --quiet -j 2 >said 2>&1 &
pid=$!
until [ "$(complete hangs)" -ge 3 ]; do wait_a_little; done
kill -INT "$pid"
until [ -e hangs/report.html ]; do wait_a_little; done
kill -0 "$pid" || wrong "it did not wait for the reader of the summary"
kill -INT "$pid"
code=0
wait "$pid" || code=$?
[ "$code" = 130 ] || wrong "a second Ctrl-C: exit code $code, expected 130"
go_on hangs

# hurt OUT SIGNAL: a signal for one of its workers; what becomes of the batch is in code.
hurt() {
  local out=$1 signal=$2 pid worker
  BITGOEUL_TEST_MARK=$work "$build/bin/bitgoeul" batch suite.yaml --out "$out" --quiet -j 2 >said 2>&1 &
  pid=$!
  until [ "$(complete "$out")" -ge 3 ]; do wait_a_little; done
  until worker=$(pgrep -P "$pid" | head -1) && [ -n "$worker" ] && kill "-$signal" "$worker" 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || wrong "$out: ended before a worker was met"
  done
  code=0
  wait "$pid" || code=$?
  nobody_left "$out"
}
# differs OUT WORDS: one row is not as undisturbed, and has the words.
differs() {
  diff calm/results.jsonl "$1/results.jsonl" >difference || true
  [ "$(grep -c '^>' difference)" = 1 ] || wrong "$1: other runs noticed"
  grep '^>' difference | grep -qF "$2" || wrong "$1: no row says $2"
}
# Who kills a worker from outside hurts the infrastructure: it is run again. A crash is a verdict, and so is a standstill.
hurt outside KILL
[ "$code" = 0 ] || wrong "a worker that was killed: exit code $code"
cmp outside/results.jsonl calm/results.jsonl
hurt crashed ABRT
[ "$code" = 3 ] || wrong "a worker that crashed: exit code $code, expected 3"
differs crashed SIM_CRASH
sed -i 's/wall_time_s: 100/wall_time_s: 100, no_progress_s: 3/' suite.yaml
batch calm || wrong "the undisturbed batch does not pass"
hurt stopped STOP
[ "$code" = 3 ] || wrong "a worker that stands still: exit code $code, expected 3"
differs stopped 'no simulated step for 3 s'
echo "batch: interrupted once, twice, hung up, killed, and while it wrote its reports: $total runs, each time the same bytes; workers hurt: nobody else noticed"
