#!/bin/sh
# Drives the real binary with a real browser. INSPECTOR_BIN names the binary.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r ../inspector/demo/. "$folder"
mkdir "$folder/models"
cp -r ../models/assets/demo "$folder/models/"
sed -i "s|^seed = 7|seed = 7\ndefect_rate = 0.4|" "$folder/station.toml"
"${INSPECTOR_BIN:-../target/release/inspector}" model accept "$folder/models/demo"
INSPECTOR_SETTINGS="$folder/station.toml" npm run e2e
