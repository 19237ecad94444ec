#!/usr/bin/env bash
# Random commands to redis-server and to the node, and their directories exchanged afterwards, with valkey too where it can be had.
# Usage: scripts/differential.sh
set -euo pipefail
cd "$(dirname "$0")/.."

missing=$(scripts/valkey.sh | tail -n 1) || true
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
scripts/test.sh 'Category=Differential' | tee "$output" || status=$?
if [ -n "$missing" ]; then
  echo "COULD NOT RUN HERE: the exchange of directories with valkey: $missing"
  echo "$(tail -n 1 "$output"), 1 skipped"
fi
exit "$status"
