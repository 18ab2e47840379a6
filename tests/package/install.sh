#!/bin/sh
# Installs the package in a clean Debian and runs it there under systemd: it starts by itself, answers, comes back when it
# is killed and when it hangs, survives an upgrade, and leaves its evidence behind when it is removed.
#
#   tests/package/install.sh PACKAGE
#
# Needs root, debootstrap and util-linux; the first run fetches a Debian into .cache/package.
set -eu

package=$(readlink -f "$1")
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache/package
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
base=$cache/$suite
[ "$(id -u)" = 0 ] || { echo "package: expected to be run as root, to make a Debian of its own" >&2; exit 1; }

if [ ! -e "$base/.whole" ]; then
    rm -rf "$base"
    mkdir -p "$cache"
    debootstrap --variant=minbase --include=adduser,systemd,systemd-sysv,ca-certificates,curl "$suite" "$base" \
        http://deb.debian.org/debian > "$cache/debootstrap.log" 2>&1 || { tail -5 "$cache/debootstrap.log" >&2; exit 1; }
    touch "$base/.whole"
fi
home=$(mktemp -d "$cache/run.XXXXXX")
root=$home/root
booted=
finish() {
    [ -z "$booted" ] || { kill -KILL "$booted" 2> /dev/null && wait "$booted" 2> /dev/null; } || true
    rm -rf --one-file-system "$home"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
cp -a "$base" "$root"
cp "$package" "$root/root/inspector.deb"

say() { echo "package: $*"; }
fail() {
    echo "package: FAILED: $*" >&2
    inside journalctl -u inspector --no-pager -n 40 >&2 || true
    exit 1
}

# What it needs is fetched before it is booted, which has no network; it is installed as apt does, without it running.
apt() { DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qq "$@" > "$home/apt.log" 2>&1 || { cat "$home/apt.log" >&2; exit 1; }; }
apt update
apt install --yes --no-install-recommends --download-only /root/inspector.deb

unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child "$here/boot.sh" "$root" > "$home/boot.log" 2>&1 &
booted=$!
inside() { nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root --wd "$@"; }
until init=$(pgrep -P "$booted" -o) && [ "$(cat "/proc/$init/comm")" = systemd ] &&
    inside systemctl is-system-running --wait 2> /dev/null | grep -qE 'running|degraded'; do
    kill -0 "$booted" 2> /dev/null || { cat "$home/boot.log" >&2; exit 1; }
    sleep 0.2
done
say "a clean Debian $suite runs"

# Waits until a command inside succeeds, two minutes at most.
within() {
    tries=600
    until inside "$@" > "$home/said" 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited in vain for: $*: $(cat "$home/said")"
        sleep 0.2
    done
}
answers() { within curl -sf http://127.0.0.1:8080/api/status; }
main_pid() { inside systemctl show inspector -p MainPID --value; }
# Until another process is it, and answers.
anew() {
    within sh -c "p=\$(systemctl show inspector -p MainPID --value); [ \"\$p\" != 0 ] && [ \"\$p\" != $1 ] && systemctl is-active -q inspector"
    answers
}

inside env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends /root/inspector.deb > "$home/apt.log" 2>&1 ||
    { cat "$home/apt.log" >&2; exit 1; }
answers
inside systemctl is-enabled -q inspector || fail "the service is not enabled"
[ "$(inside stat -c %U:%a /var/lib/inspector)" = inspector:750 ] || fail "the station's folder is not its user's alone"
inside sh -c 'ps -o user= -p "$(systemctl show inspector -p MainPID --value)" 2>/dev/null || stat -c %U /proc/"$(systemctl show inspector -p MainPID --value)"' | grep -q inspector ||
    fail "the station does not run as the user inspector"
inside curl -sf http://127.0.0.1:8080/api/status | grep -q '"no_recipe"' || fail "the page does not say that there is no recipe"
say "installed: it runs as its own user, and says that it has no recipe yet"

former=$(main_pid)
inside sh -c "kill -KILL $former"
anew "$former"
say "killed: it runs again"

former=$(main_pid)
inside sh -c "kill -STOP $former"
anew "$former"
inside journalctl -u inspector --no-pager | grep -qi watchdog || fail "it was not the watchdog that started it anew"
say "hung: the watchdog started it anew"

former=$(main_pid)
echo '# kept' | inside tee -a /var/lib/inspector/station.toml > /dev/null
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --reinstall --no-install-recommends /root/inspector.deb > "$home/apt.log" 2>&1 ||
    { cat "$home/apt.log" >&2; exit 1; }
anew "$former"
inside grep -q '# kept' /var/lib/inspector/station.toml || fail "an upgrade wrote over the settings"
say "upgraded: it runs, with its settings"

inside apt-get -qq purge --yes inspector > "$home/apt.log" 2>&1 || { cat "$home/apt.log" >&2; exit 1; }
inside test -e /var/lib/inspector/data || fail "a purge took the evidence"
inside sh -c '! systemctl is-active -q inspector' || fail "it runs on"
say "removed: its results and settings are kept"
say "ok"
