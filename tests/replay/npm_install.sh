#!/usr/bin/env bash
# usage: npm_install.sh BUILD_DIR
# Installs the MCAP project's reader and what goes with it (npm registry), once; prints the folder. Exit 77: cannot.
folder=$1/npm_reader
mkdir -p "$folder" || exit 1
if [ ! -d "$folder/node_modules/@mcap/core" ] || [ ! -d "$folder/node_modules/@foxglove/schemas" ]; then
  echo '{"name":"npm-reader","private":true,"type":"module"}' > "$folder/package.json"
  (cd "$folder" && timeout 120 npm install --no-audit --no-fund --ignore-scripts --silent \
    @mcap/core@2.2.2 @mcap/support@1.1.0 protobufjs@7.5.4 @foxglove/schemas@2.1.0) >&2 || { echo "skipped: npm cannot install" >&2; exit 77; }
fi
echo "$folder"
