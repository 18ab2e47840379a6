#!/bin/sh
# Draws the pictures of the demo's second line, once, and runs the station of line.toml with the PLC and the belt beside it.
#   BIN=… PYTHON=… [FAULTS=seconds] run.sh FOLDER
set -eu
folder=$1
if [ ! -d "$folder/belt" ]; then
    echo "demo line: 60 parts for the belt are drawn"
    rm -rf "$folder/belt.part"
    "$BIN" render --seed 11 --count 60 --defect-rate 0.12 --out "$folder/belt.part" >/dev/null
    rm -f "$folder/belt.part"/*-mask.png
    mv "$folder/belt.part" "$folder/belt"
fi
mkdir -p "$folder/camera"
rm -f "$folder/camera/next"
ln -sf ../belt/000000.png "$folder/camera/now.png"
exec "$PYTHON" "$(dirname "$0")/line.py" "$folder" --station "$BIN" --faults "${FAULTS:-0}"
