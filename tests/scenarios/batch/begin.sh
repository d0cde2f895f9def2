# What the tests of the batch as a program begin with: `. begin.sh SOURCE BUILD`. A folder of their own to stand in, gone
# at the end; nothing of the user's cache or of a CI's environment.
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY
cd "$work"
wrong() { echo "$1" >&2; cat "$work/said" >&2; exit 1; }

# expect CODE NAME [OPTION...]: the suite NAME.yaml ends with CODE; what it says is in said, its reports in NAME.
expect() {
  local code=0 expected=$1 name=$2
  shift 2
  "$build/bin/bitgoeul" batch "$name.yaml" --out "$name" --quiet -j "${processes:-2}" "$@" >said 2>&1 || code=$?
  [ "$code" = "$expected" ] || wrong "$name: exit code $code, expected $expected"
}
