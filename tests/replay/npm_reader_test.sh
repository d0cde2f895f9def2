#!/usr/bin/env bash
# usage: npm_reader_test.sh SOURCE_DIR BUILD_DIR
# A reader that is not ours (@mcap/core of the MCAP project, from the npm registry) reads our files with all CRC checks on and decodes
# the messages by the descriptors in the file. Exit 77 (skipped) when the registry does not answer.
set -u
source=$1 build=$2
folder=$("$source/tests/replay/npm_install.sh" "$build") || exit $?
cp "$source"/tests/replay/npm_{reader,foxglove,conformance}.mjs "$folder/" || exit 1
mkdir -p "$folder/conformance" || exit 1
BITGOEUL_WRITE_CONFORMANCE="$folder/conformance" "$build/tests/test_replay" --test-case="conformance files for other readers" --no-skip || exit 1
BITGOEUL_WRITE_SAMPLE="$folder/run.mcap" "$build/tests/test_replay" --test-case="sample log for other readers" --no-skip || exit 1
BITGOEUL_WRITE_FOXGLOVE="$folder/foxglove.mcap" "$build/tests/test_replay" --test-case="sample of Foxglove*" --no-skip || exit 1
cd "$folder" && node npm_conformance.mjs conformance && node npm_reader.mjs run.mcap && exec node npm_foxglove.mjs foxglove.mcap
