#!/bin/sh
# Installs pccpy, capstat-core, scipy and statsmodels, once, into a virtual environment of the user's cache. Prints the path of its Python.
#
#   tests/quality/oracles.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspector/quality
venv=$cache/venv-$(sha256sum "$here/requirements.txt" | cut -c 1-12)
if [ ! -f "$venv/done" ]; then
    echo "quality: installing pccpy and others from PyPI into $venv" >&2
    rm -rf "$venv"
    mkdir -p "$cache"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
    touch "$venv/done"
fi
echo "$venv/bin/python"
