#!/bin/sh
# How soon the demo's verdicts are while Chromium is started again and again on the same computer, to show the
# station's pages: with real-time priority and without, in turns, a part every 500 ms.
#   benches/browser.sh [SECONDS] [ROUNDS]
# After `make build` and `make setup-test`. Milliseconds from the frame to the verdict, of all rounds.
set -eu
seconds=${1:-40}
rounds=${2:-3}
cd "$(dirname "$0")/.."
bin=${INSPECTOR_BIN:-${CARGO_TARGET_DIR:-target}/release/inspector}
folder=$(mktemp -d)
station=
trap '[ -z "$station" ] || kill "$station"; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
url=http://127.0.0.1:8097

# one REAL_TIME: microseconds of each part, one a line, into $folder/REAL_TIME
one() {
  home=$folder/home
  rm -rf "$home"
  cp -r inspector/demo "$home"
  mkdir "$home/models"
  cp -r models/assets/demo "$home/models/"
  printf '[http]\nlisten = "%s"\n[inspect]\nmodel_threads = %s\nreal_time = %s\n' \
    "${url#http://}" "$(nproc)" "$1" >> "$home/station.toml"
  "$bin" model accept "$home/models/demo" > /dev/null
  "$bin" run --settings "$home/station.toml" > "$home/log" &
  station=$!
  until curl -sf "$url/api/status" > "$home/status"; do
    kill -0 "$station" || { cat "$home/log" >&2; exit 1; }
    sleep 0.2
  done
  grep -q "\"is_real_time\":$1" "$home/status" ||
    { echo "real-time priority is not allowed here (docs/guide/install.md)" >&2; exit 1; }
  sleep 3
  begun=$(date +%s)
  while [ $(($(date +%s) - begun)) -lt "$seconds" ]; do
    (cd ui && node dev/screenshots.mjs --url "$url" --out "$home/pages" --only station,live --languages en --schemes light) \
      > /dev/null
  done
  kill "$station"
  wait "$station"
  station=
  sqlite3 "$home/data/results.sqlite" "select view_result.decided_after_us - received_after_us from view_result
    join result on result.id = result_id where triggered_at_us > ${begun}000000" >> "$folder/$1"
}

for _ in $(seq "$rounds"); do
  one true
  one false
done
echo "real-time priority   parts     p50     p90     p99     max"
for real_time in true false; do
  sort -n "$folder/$real_time" | awk -v name="$real_time" '
    { all[NR] = $1 / 1000 }
    function at(share) { return all[int((NR - 1) * share) + 1] }
    END { printf "%-18s %7d %7.1f %7.1f %7.1f %7.1f\n", name, NR, at(0.5), at(0.9), at(0.99), all[NR] }'
done
