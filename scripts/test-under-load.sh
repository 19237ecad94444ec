#!/usr/bin/env bash
# Runs the quick tests (built once) beside 8 busy processes: on a machine with a load like that no test may fail.
# Usage: scripts/test-under-load.sh [RUNS]    1 by default; 10 are run by hand before a release
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-1}
processes=8
busy=()
trap '[ "${#busy[@]}" -eq 0 ] || kill "${busy[@]}" 2>/dev/null || true' EXIT
for ((i = 0; i < processes; i++)); do
  # Ends by itself when this script is gone.
  bash -c 'while kill -0 "$0" 2>/dev/null; do for ((i = 0; i < 100000; i++)); do :; done; done' $$ &
  busy+=($!)
done

passed=0
failed=0
for ((run = 1; run <= runs; run++)); do
  begun=$SECONDS
  log=$(mktemp)
  status=0
  scripts/test.sh 'Category!=Stress&Category!=Fuzz&Category!=Differential&Category!=Soak&Category!=Durability&Category!=Replication' 2>&1 | tee "$log" || status=$?
  totals=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  rm -f "$log"
  echo "run $run of $runs beside $processes busy processes: $((SECONDS - begun)) s: $totals"
  if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
[ "$runs" -eq 1 ] && echo "$totals" || echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
