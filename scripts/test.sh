#!/usr/bin/env bash
# Runs the xunit tests that a filter selects and ends with one line: "N passed, N failed" (and ", N skipped" if any).
# Usage: scripts/test.sh FILTER   (a `dotnet test` filter, for example 'Category=Stress')
set -euo pipefail
cd "$(dirname "$0")/.."

filter=$1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

dotnet build Tests/Tests.csproj -v quiet --nologo -clp:NoSummary
status=0
dotnet test Tests/Tests.csproj --no-build --nologo --filter "$filter" \
  --logger 'trx;LogFileName=tests.trx' --logger 'console;verbosity=minimal' \
  --results-directory "$results" --blame-hang-timeout "${TEST_HANG_TIMEOUT:-5m}" --blame-hang-dump-type none || status=$?

counters=$(grep -o '<Counters [^>]*>' "$results/tests.trx" 2>/dev/null || true)
count() {
  sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$counters"
}
if [ -z "$counters" ]; then
  echo "no test was executed for the filter $filter"
  [ "$status" -ne 0 ] && echo "0 passed, 1 failed" || echo "0 passed, 0 failed"
  exit "$status"
fi
passed=$(count passed)
# Everything that was run and did not pass failed: an aborted or timed-out test is no success.
failed=$(($(count executed) - passed))
skipped=$(($(count total) - $(count executed)))
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
echo "$passed passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
exit "$status"
