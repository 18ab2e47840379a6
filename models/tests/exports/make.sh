#!/bin/sh
# Makes the models of make.py, once: a virtual environment with the tools that people train with, then their exports.
# Prints the folder. Both are kept in the user's cache, by the hash of what makes them (6 GB, most of it torch).
#
#   models/tests/exports/make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspector/exports
hash() { cat "$@" | sha256sum | cut -c 1-12; }
venv=$cache/venv-$(hash "$here/requirements.txt")
folder=$cache/made-$(hash "$here/requirements.txt" "$here/make.py")
if [ -f "$folder/done" ]; then
    echo "$folder"
    exit 0
fi
if [ ! -f "$venv/done" ]; then
    echo "exports: installing anomalib, ultralytics and torch from PyPI into $venv" >&2
    rm -rf "$venv"
    mkdir -p "$cache"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
    # Ultralytics asks for OpenCV with windows, which needs a display's libraries; the one without is the same else.
    headless=$(grep '^opencv-python-headless==' "$here/requirements.txt")
    "$venv/bin/pip" uninstall --quiet --yes opencv-python >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$headless" >&2
    touch "$venv/done"
fi
echo "exports: making models to import" >&2
rm -rf "$folder"
mkdir -p "$folder"
if ! "$venv/bin/python" "$here/make.py" "$folder" >"$folder/log" 2>&1; then
    tail -n 40 "$folder/log" >&2
    echo "exports: see $folder/log" >&2
    exit 1
fi
touch "$folder/done"
echo "$folder"
