#!/usr/bin/env bash
# The batch report in a real browser: the page runs without an error and without a network, and draws what it should.
# usage: report_browser_test.sh SOURCE BUILD; exit 77 (skipped) where no Chromium is installed.
set -euo pipefail
source=$1 build=$2
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$browser" ] || { echo "skipped: no Chromium"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/suite.yaml" <<YAML
suite: browser
seeds: [1, 2]
limits: {sim_time_s: 2, wall_time_s: 100}
scenarios:
  - file: $source/assets/scenarios/loop.xosc
    parameters: {speed: [4, 8], traffic: [2, 4]}
  - file: missing_map.xosc
YAML
sed 's/loop.xodr/nowhere.xodr/' "$source/assets/scenarios/loop.xosc" >"$work/missing_map.xosc"
code=0
XDG_CACHE_HOME="$work/cache" "$build/bin/bitgoeul" batch "$work/suite.yaml" --out "$work/out" --quiet >/dev/null || code=$?
[ "$code" = 2 ] || { echo "exit code $code, expected 2: a scenario without its map is invalid input"; exit 1; }
flags=(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync --user-data-dir="$work/profile" --window-size=1280,1600 --virtual-time-budget=5000)
timeout 120 "$browser" "${flags[@]}" --dump-dom "file://$work/out/report.html" >"$work/dom.html" 2>"$work/browser.log"
timeout 120 "$browser" "${flags[@]}" --screenshot="${BITGOEUL_KEEP_SCREENSHOT:-$work/page.png}" "file://$work/out/report.html" >>"$work/browser.log" 2>&1
grep -q 'data-ready="1"' "$work/dom.html" || { echo "the page's script did not reach its end"; tail -5 "$work/browser.log"; exit 1; }
rows=$(grep -o '<tr title="bitgoeul run' "$work/dom.html" | wc -l)
[ "$rows" = 10 ] || { echo "$rows rows in the table, expected 10"; exit 1; }
grep -q '10 of 10' "$work/dom.html" || { echo "the filter does not count"; exit 1; }
grep -o '<td[^>]*>2/2</td>' "$work/dom.html" | wc -l | grep -qx 4 || { echo "the heat map does not have four full cells"; exit 1; }
grep -Eq '<canvas[^>]*width="[0-9]+"' "$work/dom.html" || { echo "no chart was drawn"; exit 1; }

# Beside a baseline in which one run failed that passes now, and one passed that is broken now.
mkdir "$work/base"
sed -e '1s/"verdict":"PASS"/"verdict":"FAIL"/' -e '10s/"verdict":"INVALID_INPUT"/"verdict":"PASS"/; 10s/"state_hash":""/"state_hash":"00"/' \
  "$work/out/results.jsonl" >"$work/base/results.jsonl"
code=0
XDG_CACHE_HOME="$work/cache" "$build/bin/bitgoeul" batch "$work/suite.yaml" --out "$work/out" --baseline "$work/base" --quiet >/dev/null || code=$?
[ "$code" = 2 ] || { echo "exit code $code beside a baseline"; exit 1; }
timeout 120 "$browser" "${flags[@]}" --dump-dom "file://$work/out/report.html" >"$work/dom.html" 2>"$work/browser.log"
grep -q 'data-ready="1"' "$work/dom.html" || { echo "with a baseline the script did not reach its end"; tail -5 "$work/browser.log"; exit 1; }
grep -qF '10 runs on both sides, 9 with the same bits, 1 newly failing, 1 newly passing, 0 metrics moved' "$work/dom.html" || { echo "the baseline is not told"; exit 1; }
for change in 'newly failing' 'newly passing' 'other bits'; do
  [ "$(grep -o "<tr><td>$change</td>" "$work/dom.html" | wc -l)" = 1 ] || { echo "not one row says $change"; exit 1; }
done
echo "report: 10 rows, heat map, charts and baseline drawn by $("$browser" --version 2>/dev/null || echo browser)"
