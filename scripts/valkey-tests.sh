#!/usr/bin/env bash
# Runs the tests of a category, some of which need valkey; where it cannot be had, that is said and counted as skipped.
# Usage: scripts/valkey-tests.sh CATEGORY WHAT      WHAT names the tests that need it
set -euo pipefail
cd "$(dirname "$0")/.."

missing=$(scripts/valkey.sh | tail -n 1) || true
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
scripts/test.sh "Category=$1" | tee "$output" || status=$?
if [ -n "$missing" ]; then
  echo "COULD NOT RUN HERE: $2: $missing"
  echo "$(tail -n 1 "$output"), 1 skipped"
fi
exit "$status"
