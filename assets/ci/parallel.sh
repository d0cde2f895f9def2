#!/usr/bin/env bash
# Shards over several machines by GNU parallel, on a file system that all of them see. hosts.txt: one machine a line.
# usage: parallel.sh SUITE OUT SHARDS
set -euo pipefail
suite=$1 out=$2 shards=$3
seq 0 $((shards - 1)) | parallel --sshloginfile hosts.txt --joblog "$out.joblog" --workdir . \
  bitgoeul batch "$suite" --out "$out" --shard "{}/$shards" --quiet || true
exec bitgoeul batch "$suite" --out "$out" --collect
