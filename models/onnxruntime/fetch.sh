#!/bin/sh
# Fetches Microsoft's CPU build of ONNX Runtime, the library that `models` loads at run time.
#
#   models/onnxruntime/fetch.sh [FOLDER]      default: .cache/onnxruntime/1.32.0 in the repository
#
# It comes from the wheel `onnxruntime` on PyPI, pinned by version and SHA-256. The wheel is only
# unpacked: nothing is installed, and no matching Python version is needed. Running it again is
# free when the folder already holds the right file.
# Needs: python3 with pip (Debian and Ubuntu: python3-pip). Fetches 22 to 27 MB.
set -eu

# To take another version: change these, and PINNED_VERSION in ../runtime.rs (a test compares them).
version=1.32.0
python_tag=312
x86_64_wheel=99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8
x86_64_library=6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f
aarch64_wheel=e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054
aarch64_library=49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a

fail() {
    echo "fetch ONNX Runtime $version: $*" >&2
    exit 1
}

machine=${ONNXRUNTIME_MACHINE:-$(uname -m)}
case $machine in
    x86_64) wheel_sha256=$x86_64_wheel library_sha256=$x86_64_library ;;
    aarch64) wheel_sha256=$aarch64_wheel library_sha256=$aarch64_library ;;
    *) fail "no pinned build for machine '$machine' (expected x86_64 or aarch64); build the
library yourself and name it with ORT_DYLIB_PATH" ;;
esac
[ "$(uname -s)" = Linux ] || fail "expected Linux, found $(uname -s); name a library with ORT_DYLIB_PATH"

repository=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$repository/.cache/onnxruntime/$version}
library=$folder/libonnxruntime.so.$version

is_expected() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

if is_expected "$library" "$library_sha256" && [ -f "$folder/LICENSE" ] &&
    [ -f "$folder/ThirdPartyNotices.txt" ] && [ -e "$folder/libonnxruntime.so" ]; then
    echo "ONNX Runtime $version is in $folder"
    exit 0
fi

command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3 python3-pip"
python3 -m pip --version >/dev/null 2>&1 ||
    fail "python3 has no pip: apt-get install python3-pip"

mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

echo "fetching ONNX Runtime $version for $machine from PyPI"
echo "onnxruntime==$version --hash=sha256:$wheel_sha256" >"$work/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --require-hashes --implementation cp --python-version $python_tag --abi cp$python_tag \
    --platform "manylinux_2_28_$machine" --dest "$work" --requirement "$work/requirements.txt" ||
    fail "the download failed (see above). Behind a proxy set https_proxy; without a network put
the file libonnxruntime.so.$version (SHA-256 $library_sha256)
with its LICENSE and ThirdPartyNotices.txt into $folder"

python3 - "$work" "libonnxruntime.so.$version" <<'PYTHON' || fail "the wheel could not be unpacked"
import glob, os, sys, zipfile

work, library = sys.argv[1:]
(wheel,) = glob.glob(os.path.join(work, "*.whl"))
with zipfile.ZipFile(wheel) as archive:
    for member in ("capi/" + library, "LICENSE", "ThirdPartyNotices.txt"):
        target = os.path.join(work, os.path.basename(member))
        with open(target, "wb") as out:
            out.write(archive.read("onnxruntime/" + member))
PYTHON

is_expected "$work/libonnxruntime.so.$version" "$library_sha256" ||
    fail "the library in the wheel is not the pinned one (expected SHA-256 $library_sha256)"

# The library last and by rename: a folder that holds it is complete.
mv -f "$work/LICENSE" "$work/ThirdPartyNotices.txt" "$folder/"
ln -sfn "libonnxruntime.so.$version" "$folder/libonnxruntime.so"
chmod 0755 "$work/libonnxruntime.so.$version"
mv -f "$work/libonnxruntime.so.$version" "$library"
echo "ONNX Runtime $version is in $folder"
