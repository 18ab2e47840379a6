#!/bin/sh
# Installs aics-tlog and aics-witness, once, into a virtual environment of the user's cache. Prints the path of aics-tlog, beside which
# the other lies; nothing, and why, where there is no Python 3.12 or newer, which it needs.
#
#   tests/proof/aics-tlog.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspector/proof
venv=$cache/venv-$(sha256sum "$here/requirements.txt" | cut -c 1-12)
if [ ! -f "$venv/done" ]; then
    python=
    for found in python3 python3.14 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        if "$found" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
            python=$found
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "proof: SKIPPED: aics-tlog needs Python 3.12 or newer with venv, and none was found" >&2
        exit 0
    fi
    echo "proof: installing aics-tlog and aics-witness from PyPI into $venv" >&2
    rm -rf "$venv"
    mkdir -p "$cache"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
    touch "$venv/done"
fi
echo "$venv/bin/aics-tlog"
