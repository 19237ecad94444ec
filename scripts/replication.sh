#!/usr/bin/env bash
# Nodes, redis-server and valkey-server as masters and replicas of each other, and Sentinels that watch them.
# Usage: scripts/replication.sh
set -euo pipefail
cd "$(dirname "$0")/.."

missing=$(scripts/valkey.sh | tail -n 1) || true
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
scripts/test.sh 'Category=Replication' | tee "$output" || status=$?
if [ -n "$missing" ]; then
  echo "COULD NOT RUN HERE: the tests with valkey: $missing"
  echo "$(tail -n 1 "$output"), 1 skipped"
fi
exit "$status"
