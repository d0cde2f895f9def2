#!/usr/bin/env bash
# usage: npm_reader_test.sh SOURCE_DIR BUILD_DIR
# A reader that is not ours (@mcap/core of the MCAP project, from the npm registry) reads our files with all CRC checks on and decodes
# the messages by the descriptors in the file. Exit 77 (skipped) when the registry does not answer.
set -u
source=$1 build=$2
folder=$build/npm_reader
mkdir -p "$folder" || exit 1
cp "$source/tests/replay/npm_reader.mjs" "$source/tests/replay/npm_foxglove.mjs" "$folder/" || exit 1
if [ ! -d "$folder/node_modules/@mcap/core" ] || [ ! -d "$folder/node_modules/@foxglove/schemas" ]; then
  echo '{"name":"npm-reader","private":true,"type":"module"}' > "$folder/package.json"
  (cd "$folder" && timeout 120 npm install --no-audit --no-fund --ignore-scripts --silent \
    @mcap/core@2.2.2 @mcap/support@1.1.0 protobufjs@7.5.4 @foxglove/schemas@2.1.0) || { echo "skipped: npm cannot install"; exit 77; }
fi
BITGOEUL_WRITE_SAMPLE="$folder/run.mcap" "$build/tests/test_replay" --test-case="sample log for other readers" --no-skip || exit 1
BITGOEUL_WRITE_FOXGLOVE="$folder/foxglove.mcap" "$build/tests/test_replay" --test-case="sample of Foxglove*" --no-skip || exit 1
cd "$folder" && node npm_reader.mjs run.mcap && exec node npm_foxglove.mjs foxglove.mcap
