#!/bin/sh
# Is this working tree slower than an earlier commit? Builds the benches of both, runs them in turns on this machine, and
# compares the medians of each bench: `slower` where every round says so and the ratio is above 1.05. Exits with 1 then.
#
#   benches/compare.sh COMMIT [ROUNDS=5] [FILTER]      e.g. benches/compare.sh HEAD~3 5 'part 1280'
set -eu
cd "$(dirname "$0")/.."
commit=${1:?a commit to compare with}
rounds=${2:-5}
filter=${3:-}
work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
git worktree add --quiet --detach "$work/base" "$commit"
ln -s "$PWD/.cache" "$work/base/.cache"
# What is built stays for the next comparison.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspector/bench-base
binary() { # folder, target folder, package, bench: the path of its program
    (cd "$1" && CARGO_TARGET_DIR=$2 cargo bench --locked --package "$3" --bench "$4" --no-run --message-format=json 2>/dev/null) |
        python3 -c "import json, sys
for line in sys.stdin:
    said = json.loads(line)
    if said.get('executable') and said['target']['name'] == '$4': print(said['executable'])"
}
for bench in inspector:stages models:hot_path; do
    package=${bench%:*} name=${bench#*:}
    here=$(binary "$PWD" "${CARGO_TARGET_DIR:-$PWD/target}" "$package" "$name")
    base=$(binary "$work/base" "$cache" "$package" "$name")
    [ -n "$here" ] && [ -n "$base" ] || { echo "compare: $name does not build on one side" >&2; exit 2; }
    round=1
    while [ "$round" -le "$rounds" ]; do
        # Who goes first changes, so that a drift meets both alike.
        order="base here"
        [ $((round % 2)) -eq 0 ] || order="here base"
        for side in $order; do
            eval "program=\$$side"
            folder=$PWD
            [ "$side" = here ] || folder=$work/base
            [ "$package" = inspector ] || folder=$folder/models
            (cd "$folder" && CRITERION_HOME=$work/$side-$round "$program" --bench --noplot --warm-up-time 1 --measurement-time 2 "$filter") \
                >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 2; }
        done
        round=$((round + 1))
    done
done
python3 benches/compare.py "$work" "$rounds"
