#!/bin/sh
# Installs programs that are not ours and read exports (pyarrow, DuckDB, openpyxl, aqdefreader, pycocotools), once, into a virtual environment
# of the user's cache. Prints the path of its Python; nothing, and why, where there is no Python 3.11 or newer, which they need.
#
#   tests/export/readers.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspector/export
venv=$cache/venv-$(sha256sum "$here/requirements.txt" | cut -c 1-12)
if [ ! -f "$venv/done" ]; then
    python=
    for found in python3 python3.14 python3.13 python3.12 python3.11 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[1-9]*/bin/python3; do
        if "$found" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$found
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "export: SKIPPED: what reads exports needs Python 3.11 or newer with venv, and none was found" >&2
        exit 0
    fi
    echo "export: installing what reads exports from PyPI into $venv" >&2
    rm -rf "$venv"
    mkdir -p "$cache"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
    touch "$venv/done"
fi
echo "$venv/bin/python"
