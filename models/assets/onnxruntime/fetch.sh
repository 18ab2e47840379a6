#!/bin/sh
# Fetches a build of ONNX Runtime, the library that `models` loads at run time.
#
#   models/assets/onnxruntime/fetch.sh [--use] [cpu|openvino|gpu [FOLDER]]
#
#   cpu       Microsoft's; processor only                         22 to 27 MB    x86_64, aarch64
#   openvino  Intel's, with the OpenVINO libraries beside it      84 MB          x86_64
#   gpu       Microsoft's for CUDA 13 and TensorRT 10, with       1.6 GB         x86_64
#             NVIDIA's CUDA and cuDNN libraries beside it. Not with it: the NVIDIA driver (580 or newer)
#             and, for TensorRT, libnvinfer.so.10 and libnvonnxparser.so.10.
#
# FOLDER is .cache/onnxruntime/<version>[-<build>] in the repository unless given. With --use the link
# .cache/onnxruntime/current then points to it, where `inspector` looks first. Everything comes from
# wheels on PyPI, pinned by version and SHA-256. They are only unpacked: nothing is installed, and no
# matching Python version is needed. Running it again is free when the folder already holds the right files.
# NVIDIA's libraries come under NVIDIA's own licence, whose text is put beside them.
# Needs: python3 with pip (Debian and Ubuntu: python3-pip).
set -eu

# To take another version: change these, and the versions in models/runtime/version.rs (a test compares them).
# Python tag of the wheels; any would do, the library in them is the same.
python_tag=312

cpu_version=1.32.0
cpu_x86_64_wheel=99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8
cpu_x86_64_library=6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f
cpu_aarch64_wheel=e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054
cpu_aarch64_library=49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a

openvino_version=1.24.1
openvino_wheel=d617fac2f59a6ab5ea59a788c3e1592240a129642519aaeaa774761dfe35150e
openvino_library=c7b0590c7825f7029ba17e20a5dea27f7f570d8241d60584caacd363648aa8e2
openvino_members="libonnxruntime_providers_shared.so libonnxruntime_providers_openvino.so
libopenvino.so.2541 libopenvino_c.so.2541 libopenvino_onnx_frontend.so.2541 libopenvino_auto_plugin.so
libopenvino_hetero_plugin.so libopenvino_intel_cpu_plugin.so libopenvino_intel_gpu_plugin.so
libopenvino_intel_npu_plugin.so libtbb.so.12"

gpu_version=1.31.1
gpu_wheel=05d548956197b9d01f59b625de740e0d6be3593f874e241a12dc0362650ecdf7
gpu_library=5104254339ecadae808da771bd0b63b240f0dbd466514234905e54372435c303
gpu_members="libonnxruntime_providers_shared.so libonnxruntime_providers_cuda.so
libonnxruntime_providers_tensorrt.so"
gpu_wheels="nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
nvidia-cuda-nvrtc==13.0.88 --hash=sha256:ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575
nvidia-cublas==13.1.0.3 --hash=sha256:ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171
nvidia-curand==10.4.0.35 --hash=sha256:1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc
nvidia-cufft==12.0.0.61 --hash=sha256:6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3
nvidia-cudnn-cu13==9.24.1.1 --hash=sha256:06df9d1cc37d7c151f9f218a47dba0fb0223d4725115961ec02c070a081b4c1b"
gpu_needed="libcudart.so.13 libnvrtc.so.13 libnvrtc-builtins.so.13.0 libcublasLt.so.13 libcublas.so.13
libcurand.so.10 libcufft.so.12 libcudnn.so.9 libcudnn_graph.so.9 libcudnn_ops.so.9 libcudnn_heuristic.so.9
libcudnn_adv.so.9 libcudnn_cnn.so.9 libcudnn_ext.so.9 libcudnn_engines_precompiled.so.9
libcudnn_engines_runtime_compiled.so.9 libcudnn_engines_tensor_ir.so.9"

use=no
if [ "${1:-}" = --use ]; then
    use=yes
    shift
fi
build=${1:-cpu}
machine=${ONNXRUNTIME_MACHINE:-$(uname -m)}
wheels= needed=
case $build-$machine in
    cpu-x86_64) package=onnxruntime version=$cpu_version members= folder_name=$cpu_version \
        wheel_sha256=$cpu_x86_64_wheel library_sha256=$cpu_x86_64_library ;;
    cpu-aarch64) package=onnxruntime version=$cpu_version members= folder_name=$cpu_version \
        wheel_sha256=$cpu_aarch64_wheel library_sha256=$cpu_aarch64_library ;;
    openvino-x86_64) package=onnxruntime-openvino version=$openvino_version members=$openvino_members \
        folder_name=$openvino_version-openvino \
        wheel_sha256=$openvino_wheel library_sha256=$openvino_library ;;
    gpu-x86_64) package=onnxruntime-gpu version=$gpu_version members=$gpu_members \
        folder_name=$gpu_version-gpu wheel_sha256=$gpu_wheel library_sha256=$gpu_library \
        wheels=$gpu_wheels needed=$gpu_needed ;;
    cpu-* | openvino-* | gpu-*) echo "fetch ONNX Runtime: no pinned build '$build' for machine '$machine' (expected
x86_64, or aarch64 with cpu); build the library yourself and name it with ORT_DYLIB_PATH" >&2
        exit 1 ;;
    *) echo "fetch ONNX Runtime: expected cpu, openvino or gpu, found '$build'" >&2
        exit 1 ;;
esac

fail() {
    echo "fetch ONNX Runtime $version ($build): $*" >&2
    exit 1
}
[ "$(uname -s)" = Linux ] || fail "expected Linux, found $(uname -s); name a library with ORT_DYLIB_PATH"

repository=$(cd "$(dirname "$0")/../../.." && pwd)
folder=${2:-$repository/.cache/onnxruntime/$folder_name}
library=$folder/libonnxruntime.so.$version

finish() {
    if [ $use = yes ]; then
        ln -sfn "$(realpath --relative-to="$repository/.cache/onnxruntime" "$folder")" \
            "$repository/.cache/onnxruntime/current"
    fi
    echo "ONNX Runtime $version ($build) is in $folder"
}

is_expected() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

is_complete() {
    is_expected "$library" "$library_sha256" || return 1
    for name in LICENSE ThirdPartyNotices.txt libonnxruntime.so $members $needed; do
        [ -e "$folder/$name" ] || return 1
    done
}

if is_complete; then
    finish
    exit 0
fi

command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3 python3-pip"
python3 -m pip --version >/dev/null 2>&1 ||
    fail "python3 has no pip: apt-get install python3-pip"

mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

echo "fetching ONNX Runtime $version ($build) for $machine from PyPI"
{
    echo "$package==$version --hash=sha256:$wheel_sha256"
    echo "$wheels"
} >"$work/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --require-hashes --implementation cp --python-version $python_tag --abi cp$python_tag --abi none \
    --platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" \
    --platform "manylinux2014_$machine" --platform "manylinux2010_$machine" \
    --dest "$work" --requirement "$work/requirements.txt" ||
    fail "the download failed (see above). Behind a proxy set https_proxy; without a network copy the
folder $folder from a computer that has it"

# shellcheck disable=SC2086 # the lists are words
python3 - "$work" "libonnxruntime.so.$version" $members <<'PYTHON' || fail "the wheels could not be unpacked"
import glob, os, shutil, sys, zipfile

work, *members = sys.argv[1:]


def unpack(archive, member, name):
    with archive.open(member) as source, open(os.path.join(work, name), "wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)


for wheel in glob.glob(os.path.join(work, "*.whl")):
    package = os.path.basename(wheel).split("-")[0]
    with zipfile.ZipFile(wheel) as archive:
        if package.startswith("onnxruntime"):
            for member in ["capi/" + name for name in members] + ["LICENSE", "ThirdPartyNotices.txt"]:
                unpack(archive, "onnxruntime/" + member, os.path.basename(member))
        else:
            for member in archive.namelist():
                name = os.path.basename(member)
                if ".so" in name and "/lib/" in member and ".alt." not in name:
                    unpack(archive, member, name)
                elif name == "License.txt":
                    unpack(archive, member, "LICENSE." + package)
    os.remove(wheel)
PYTHON

is_expected "$work/libonnxruntime.so.$version" "$library_sha256" ||
    fail "the library in the wheel is not the pinned one (expected SHA-256 $library_sha256)"
rm "$work/requirements.txt"
chmod 0755 "$work"/*.so*

# The library last and by rename: a folder that holds it is complete.
mv -f "$work/libonnxruntime.so.$version" "$folder/.libonnxruntime.part"
mv -f "$work"/* "$folder/"
ln -sfn "libonnxruntime.so.$version" "$folder/libonnxruntime.so"
mv -f "$folder/.libonnxruntime.part" "$library"
finish
