#!/usr/bin/env bash
# The symbol gate has to reject a planted call of libm, name the place, and accept our own functions and exact ones.
# usage: symbol_gate_planted.sh CXX
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { "$1" -std=c++20 -O2 -c "$2" -o "$3" || { echo "cannot compile $2"; exit 1; }; }

cat >"$work/bad.cpp" <<'CPP'
#include <cmath>
double heading(double x) { return std::sin(x); }
float thrust(float x) { return std::pow(x, 1.7f); }
CPP
cat >"$work/good.cpp" <<'CPP'
#include <cmath>
namespace bitgoeul::sim { double sin(double x); double pow(double x, double y); }
double heading(double x) { return bitgoeul::sim::pow(bitgoeul::sim::sin(x), 2.5) + std::sqrt(x) + std::fmod(x, 3.0) + std::remainder(x, 2.0); }
CPP
compile "$1" "$work/bad.cpp" "$work/bad.o"
compile "$1" "$work/good.cpp" "$work/good.o"
ar rc "$work/libplanted.a" "$work/bad.o" "$work/good.o"
: >"$work/none"
echo 'libplanted.a:bad.o  # planted' >"$work/excused"

fail() { echo "symbol gate test: $1"; exit 1; }
"$here/symbol_gate.sh" "$work/none" "$work/good.o" || fail "rejects our own and exact functions"
said=$("$here/symbol_gate.sh" "$work/none" "$work/libplanted.a") && fail "accepts std::sin"
grep -q 'libplanted.a:bad.o calls sin;' <<<"$said" || fail "does not name the place: $said"
grep -q 'libplanted.a:bad.o calls powf;' <<<"$said" || fail "does not see the float variant: $said"
"$here/symbol_gate.sh" "$work/none" "$work/bad.o" >/dev/null && fail "accepts a bare object that calls std::sin"
"$here/symbol_gate.sh" "$work/excused" "$work/libplanted.a" || fail "does not honour the list of exceptions"
"$here/symbol_gate.sh" "$work/none" "$work/missing.a" 2>/dev/null
[ $? -eq 2 ] || fail "a missing file goes unnoticed"
echo "symbol gate: rejects what it should, accepts what it should"
