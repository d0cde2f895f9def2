#!/usr/bin/env bash
# usage: other_build.sh ROOT PRESET PROGRAM: builds one test program with another preset and runs it.
# Exit 77 (skipped) when the preset's compiler is not installed.
set -euo pipefail
root=$1 preset=$2 program=$3
cd "$root"
case $preset in clang) command -v clang++-16 >/dev/null || { echo "clang++-16 is not installed"; exit 77; } ;; esac
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}
cmake --preset "$preset" >/dev/null
cmake --build "build/$preset" --target "$program" | tail -n 3
exec "build/$preset/tests/$program"
