#!/bin/sh
# Makes a Debian package of a program that was built.
#
#   inspector/package/build.sh PROGRAM ONNXRUNTIME_FOLDER OUT_FOLDER
#
# Prints the package's path. The package needs the shared libraries of the release of Debian or Ubuntu on which it is
# made (OpenCV among them), and is for its architecture. Needs: dpkg-dev, binutils.
set -eu

program=$1
runtime=$(readlink -f "$2")
out=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
# Between two releases the commit tells packages apart, and a later one is the newer one.
if commit=$(git -C "$root" rev-parse --short=9 HEAD 2> /dev/null); then
    if ! git -C "$root" describe --exact-match --tags "$commit" > /dev/null 2>&1; then
        version="$version+$(git -C "$root" log -1 --format=%cd --date=format:%Y%m%d.%H%M%S "$commit").$commit"
    fi
fi
arch=$(dpkg --print-architecture)

mkdir -p "$out"
stage=$(mktemp -d "$out/.stage.XXXXXX")
trap 'rm -rf "$stage"' EXIT
tree=$stage/debian/inspector

install -d "$tree/DEBIAN" "$tree/usr/bin" "$tree/usr/lib/inspector/lib"
install -m 0755 "$program" "$tree/usr/lib/inspector/inspector"
strip --strip-unneeded "$tree/usr/lib/inspector/inspector"
ln -s ../lib/inspector/inspector "$tree/usr/bin/inspector"
# The library is loaded by this name beside the program; the versioned name would be a second copy.
install -m 0644 "$runtime/libonnxruntime.so" "$tree/usr/lib/inspector/lib/"
for library in "$runtime"/lib*.so*; do
    case $(basename "$library") in
        libonnxruntime.so*) ;;
        *) install -m 0644 "$library" "$tree/usr/lib/inspector/lib/" ;;
    esac
done

install -D -m 0644 "$here/inspector.service" "$tree/lib/systemd/system/inspector.service"
install -D -m 0644 "$here/60-inspector.rules" "$tree/lib/udev/rules.d/60-inspector.rules"
install -D -m 0644 "$here/50-inspector.conf" "$tree/usr/lib/sysctl.d/50-inspector.conf"

doc=$tree/usr/share/doc/inspector
install -d "$doc/licences/onnxruntime" "$doc/licences/backbone"
install -m 0644 "$here/copyright" "$doc/copyright"
install -m 0644 "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$doc/licences/"
install -m 0644 "$runtime"/LICENSE* "$runtime"/ThirdPartyNotices.txt "$doc/licences/onnxruntime/"
install -m 0644 "$root/.cache/backbone/LICENSE" "$doc/licences/backbone/"
gzip -9n < "$root/CHANGELOG.md" > "$doc/changelog.gz"
cp -r "$root/docs/guide" "$root/docs/ref" "$doc/"
chmod -R u=rwX,go=rX "$doc"

install -m 0755 "$here/postinst" "$here/prerm" "$here/postrm" "$tree/DEBIAN/"
size=$(du -sk --exclude=DEBIAN "$tree" | cut -f1)
# dpkg-shlibdeps wants a source package around it.
printf 'Source: inspector\nPackage: inspector\nArchitecture: any\n' > "$stage/debian/control"
needed=$(cd "$stage" && dpkg-shlibdeps -O -l"$tree/usr/lib/inspector/lib" "$tree/usr/lib/inspector/inspector" \
    "$tree/usr/lib/inspector/lib/libonnxruntime.so" 2> "$stage/warnings") || {
    cat "$stage/warnings" >&2
    exit 1
}
needed=${needed#shlibs:Depends=}
cat > "$tree/DEBIAN/control" << END
Package: inspector
Version: $version
Architecture: $arch
Maintainer: the authors of inspector <noreply@localhost>
Installed-Size: $size
Depends: $needed, adduser, init-system-helpers, tzdata, util-linux
Recommends: fonts-noto-cjk | fonts-wqy-microhei
Section: science
Priority: optional
Description: machine-vision quality inspection station
 Looks at every part on a production line with a camera, decides by a model
 whether it is good, commands the ejector, and keeps a durable row of each
 part. People teach, tune and review on a local web page.
END
(cd "$tree" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum) > "$tree/DEBIAN/md5sums"
package=$out/inspector_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" > /dev/null
echo "$package"
