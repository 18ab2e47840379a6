#!/bin/sh
# Runs beside.py: the environment of models/tests/exports, and OpenVINO for Anomalib's other inferencer. Builds the
# program first. Takes about ten minutes on two idle cores, and more to install what is missing.
#
#   benches/beside/run.sh OUT [--rounds 5] [--seconds 5] [--provider openvino --library LIBONNXRUNTIME]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
made=$(models/tests/exports/make.sh)
hash=$(cat models/tests/exports/requirements.txt | sha256sum | cut -c 1-12)
venv=$(dirname "$made")/venv-$hash
more=$(dirname "$made")/beside-$hash-$(sha256sum "$here/requirements.txt" | cut -c 1-12)
if [ ! -f "$more/done" ]; then
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$more" \
        --requirement "$here/requirements.txt" >&2
    touch "$more/done"
fi
cargo build --release --locked
target=${CARGO_TARGET_DIR:-target}
PYTHONPATH=$more "$venv/bin/python" "$here/beside.py" "$target/release/inspector" "$@"
