#!/usr/bin/env bash
# Runs the xunit tests that a filter selects and ends with one line: "N passed, N failed" (and ", N skipped" if any).
# A run that was aborted says how many tests did not run, and counts them as failed. Whatever the tests started is ended with them.
# Usage: [CONFIGURATION=Checked] scripts/test.sh FILTER   (a `dotnet test` filter, for example 'Category=Stress')
set -euo pipefail
cd "$(dirname "$0")/.."

filter=$1
configuration=${CONFIGURATION:-Debug}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Every process that a test starts inherits the mark TEST_RUN. The guard, which does not have it, ends them all
# when this script ends, in whatever way: then the pipe closes.
mark=$$-$RANDOM$RANDOM
exec {guard}> >(exec setsid scripts/end-marked.sh "$mark")
guard_process=$!
export TEST_RUN=$mark

list() {
  dotnet test Tests/Tests.csproj -c "$configuration" --no-build --nologo --list-tests --filter "$filter" 2>/dev/null | grep -c '^    ' || true
}

# No build server is left behind that would carry the mark.
export MSBUILDDISABLENODEREUSE=1
dotnet build Tests/Tests.csproj -c "$configuration" -v quiet --nologo -clp:NoSummary -p:UseSharedCompilation=false
export TEST_SEED_LOG=$results/seeds TEST_REPORT=$results/report
status=0
dotnet test Tests/Tests.csproj -c "$configuration" --no-build --nologo --filter "$filter" \
  --logger 'trx;LogFileName=tests.trx' --logger 'console;verbosity=minimal' \
  --results-directory "$results" --blame-hang-timeout "${TEST_HANG_TIMEOUT:-10m}" --blame-hang-dump-type none {guard}>&- || status=$?

# The guard ends what is left, and says what that was: a test that leaves a process behind is a defect.
exec {guard}>&-
leftover=0
wait "$guard_process" || leftover=$?

if [ -f "$TEST_SEED_LOG" ]; then
  echo "seeds of the random tests:"
  sort -u "$TEST_SEED_LOG"
fi

if [ -f "$TEST_REPORT" ]; then
  echo "measured:"
  cat "$TEST_REPORT"
fi

counters=$(grep -o '<Counters [^>]*>' "$results/tests.trx" 2>/dev/null || true)
count() {
  sed -nE "s/.* $1=\"([0-9]+)\".*/\1/p" <<<"$counters"
}
passed=0
failed=0
skipped=0
if [ -n "$counters" ]; then
  passed=$(count passed)
  # Everything that was run and did not pass failed: an aborted or timed-out test is no success.
  failed=$(($(count executed) - passed))
  skipped=$(($(count total) - $(count executed)))
fi
if [ "$status" -ne 0 ]; then
  missing=$(($(list) - passed - failed - skipped))
  if [ "$missing" -gt 0 ]; then
    echo "the run was aborted: $missing tests did not run, or did not end"
    failed=$((failed + missing))
  fi
  [ "$failed" -gt 0 ] || failed=1
elif [ -z "$counters" ]; then
  echo "no test was executed for the filter $filter"
fi
if [ "$leftover" -ne 0 ]; then
  echo "a test left processes behind: see above"
  failed=$((failed + 1))
  status=1
fi
echo "$passed passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
exit "$status"
