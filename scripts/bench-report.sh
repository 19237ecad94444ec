#!/usr/bin/env bash
# Makes tables and plots of a benchmark's raw results (scripts/bench.sh writes them).
# Usage: scripts/bench-report.sh --print RESULTS       prints the tables
#        (without the lines of what was not measured)
#        scripts/bench-report.sh RESULTS DOCUMENT      replaces what is between <!-- bench:NAME --> and <!-- /bench:NAME --> in DOCUMENT,
#                                                      and the plots in the folder "performance" beside it
# Exit code 1 when a reply was an error.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "${1:-}" = --print ]; then
  awk -f scripts/bench-report.awk -f scripts/bench-report-data.awk -f scripts/bench-report-replication.awk -f scripts/bench-report-memcached.awk "$2" | sed -e '/^@begin medians/,/^@end/d' -e '/^@/d' -e '/| not measured |$/d' | cat -s
  exit
fi

results=$1
document=$2
plots=$(dirname "$document")/performance
status=0
awk -f scripts/bench-report.awk -f scripts/bench-report-data.awk -f scripts/bench-report-replication.awk -f scripts/bench-report-memcached.awk "$results" >"$work/all" || status=1
awk -v folder="$work" '/^@begin / { file = folder "/" $2 ".section"; printf "" > file; next } /^@end/ { file = ""; next } file { print > file }' "$work/all"
for name in machine data-machine replication-machine memcached-machine; do
  if [ -f "out/bench/$name.txt" ]; then
    sed -E 's/^([^:]+): (.*)/- \1: \2/' "out/bench/$name.txt" >"$work/$name.section"
  fi
done

mkdir -p "$plots"
# plot NAME TITLE BASE SERVERS CASE=LABEL...
plot() {
  local name=$1 title=$2 base=$3 servers=$4 pair cases='' labels=''
  shift 4
  for pair in "$@"; do
    cases+="${pair%%=*} "
    labels+="${pair#*=} "
  done
  if awk -v title="$title" -v base="$base" -v servers="$servers" -v cases="$cases" -v labels="$labels" \
    -f scripts/bench-plot.awk "$work/medians.section" >"$work/plot.svg"; then
    cp "$work/plot.svg" "$plots/$name.svg"
    printf '![%s](performance/%s.svg)\n\n' "$title" "$name" >>"$work/plots.section"
  fi
}

rivals='epollsrv redis-server memcached-1 memcached-2 floor'
: >"$work/plots.section"
for p in 1 16; do
  plot "connections-$p" "Connections, $p in flight: requests/s, × redis-server" redis-server "$rivals" \
    "resp-c1-p$p-v64-w10=1" "resp-c50-p$p-v64-w10=50" "resp-c500-p$p-v64-w10=500" "resp-c5000-p$p-v64-w10=5,000"
done
plot pipeline "Requests in flight: requests/s, × redis-server" redis-server "$rivals" \
  resp-c50-p1-v64-w10=1 resp-c50-p16-v64-w10=16 resp-c50-p64-v64-w10=64
for p in 1 16; do
  plot "values-$p" "Size of the values, $p in flight: requests/s, × redis-server" redis-server "$rivals" \
    "resp-c50-p$p-v16-w10=16_B" "resp-c50-p$p-v64-w10=64_B" "resp-c50-p$p-v1024-w10=1_KB" "resp-c50-p$p-v16384-w10=16_KB" "resp-c50-p$p-v262144-w10=256_KB"
done
plot writes "Share of writes, one and 16 in flight: requests/s, × redis-server" redis-server "$rivals" \
  resp-c50-p1-v64-w1=1_% resp-c50-p1-v64-w10=10_% resp-c50-p1-v64-w50=50_% resp-c50-p16-v64-w1=1_%,_16 resp-c50-p16-v64-w10=10_%,_16 resp-c50-p16-v64-w50=50_%,_16
plot dispatch "Dispatching and re-arming: requests/s, × the C program's way (queue, delete)" epollsrv-queue-delete \
  'epollsrv epollsrv-oneshot epollsrv-delete epollsrv-queue epollsrv-queue-delete' \
  cs-c50-p1-v64-w10=CS cs-c50-p16-v64-w10=CS,_16 resp-c50-p1-v64-w10=RESP resp-c50-p16-v64-w10=RESP,_16 resp-c50-p64-v64-w10=RESP,_64

if [ ! -f "$document" ]; then
  echo "$document is not there" >&2
  exit 1
fi
# A section without results stays as it was: a run of some groups only must not wipe out the others.
awk -v folder="$work" '
  /^<!-- \/bench:/ { inside = 0 }
  !inside { print }
  /^<!-- bench:/ {
    name = $2
    sub(/^bench:/, "", name)
    file = folder "/" name ".section"
    size = 0
    while ((getline line < file) > 0) lines[++size] = line
    close(file)
    for (i = 1; i <= size; i++) if (lines[i] != "") { inside = 1; break }
    if (inside) { print ""; for (i = 1; i <= size; i++) print lines[i]; print "" }
  }' "$document" | cat -s >"$work/document"
cp "$work/document" "$document"
sed -nE '/^@begin (data-|replication-|memcached-)?targets/,/^@end/p' "$work/all" | sed '/^@/d'
exit "$status"
