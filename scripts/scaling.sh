#!/usr/bin/env bash
# Whether work is shared between threads without being repeated: instructions and atomic instructions per request with 1, 2, 4 and 8 workers.
# Counted by callgrind (--dump-instr), the atomic ones found by objdump; one connection, nine GETs to a SET, one request in flight, so that what
# is counted is the path of a request and not how the machine happened to schedule threads. Fails when they differ with the number of workers.
# Usage: scripts/scaling.sh [PROGRAM]
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. scripts/node.sh

program=${1:-out/epollsrv}
few=1000
many=6000

. scripts/callgrind.sh
callgrind_options=(--dump-instr=yes)
objdump -d "$folder/epollsrv" | awk '/[ \t]lock |xchg .*\(/ { sub(":", "", $1); print $1 }' >"$folder/atomic"

# count WORKERS REQUESTS: prints instructions and atomic instructions of a server's life.
count() {
  run_counted "$folder/callgrind" "$2" "--workers $1" --reads 0.9
  awk -v base="$(readelf -h "$folder/epollsrv" | awk '/Type:/ { exit $2 != "DYN" }' && echo "$node_base" || echo 0x0)" \
    -f scripts/atomics.awk "$folder/atomic" "$folder/callgrind"
}

for workers in 1 2 4 8; do
  echo "$workers $(count "$workers" "$few") $(count "$workers" "$many")" >>"$folder/counts"
done

awk -v requests=$((many - few)) '
  {
    instructions = ($4 - $2) / requests; atomics = ($5 - $3) / requests
    if (NR == 1) { first = instructions; firstAtomics = atomics }
    good = atomics > 0 && instructions < first * 1.03 && atomics < firstAtomics + 0.2
    passed += good; failed += !good
    printf "scaling: %d workers: %d instructions, %.2f atomic, per request: %s\n", $1, instructions, atomics, good ? "ok" : "FAILED"
  }
  END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$folder/counts"
