#!/usr/bin/env bash
# Keeps libm's transcendental functions out of the libraries whose results the state hash sees: glibc picks variants by
# CPU at run time, and they differ in the last bit. sqrt, fmod, remainder, round, floor and fma are exact and allowed.
#
# usage: symbol_gate.sh EXCEPTIONS ARCHIVE_OR_OBJECT...
# EXCEPTIONS lists object files that may use them, one `archive:member` a line, with the reason after `#`.
# Exit 0: clean. 1: offences, printed. 2: a file is missing or nm failed.
set -u
exceptions=$1
shift
functions='sin|cos|tan|sincos|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|exp|exp2|exp10|expm1|log|log2|log10|log1p'
functions+='|pow|cbrt|hypot|erf|erfc|lgamma|tgamma|cexp|clog|cpow|csin|ccos|sinpi|cospi'
offences=0
for file in "$@"; do
  symbols=$("${NM:-nm}" --undefined-only --print-file-name "$file") || { echo "symbol gate: cannot read $file" >&2; exit 2; }
  # a line reads `path/lib.a:member.o:   U sin`, for a bare object `path/member.o:   U sin`
  found=$(grep -E "[[:space:]]U (__)?($functions)(f|l|f32|f64|f128)?(_finite)?(@.*)?$" <<<"$symbols" |
    sed -E 's|^([^:]*/)?([^:]*):[[:space:]]+U |\2 |; s|^([^:]*/)?([^:/]*):([^:]*):[[:space:]]+U |\2:\3 |' | sort -u)
  while read -r place symbol; do
    [ -n "$place" ] || continue
    grep -qE "^${place//./\\.}([[:space:]]|$)" "$exceptions" && continue
    echo "symbol gate: $place calls $symbol; use sim/math.h"
    offences=1
  done <<<"$found"
done
exit $offences
