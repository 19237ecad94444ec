#!/usr/bin/env bash
# Runs the tests of a category, some of which need valkey, or hosts of their own; what cannot be had here is said and counted as skipped.
# Usage: scripts/valkey-tests.sh CATEGORY WHAT [--full]      WHAT names the tests that need valkey; --full: 200 failovers, which take an hour
set -euo pipefail
cd "$(dirname "$0")/.."

case "${3:-}" in
  '') ;;
  --full) export REPLICATION_FULL=1 TEST_HANG_TIMEOUT=120m ;;
  *)
    echo "usage: scripts/valkey-tests.sh CATEGORY WHAT [--full]" >&2
    exit 64
    ;;
esac

filter="Category=$1"
left_out=()
missing=$(scripts/valkey.sh | tail -n 1) || true
[ -z "$missing" ] || left_out+=("$2: $missing")
if ! unshare --net --mount ip link add test type bridge 2>/dev/null; then
  filter="$filter&Needs!=Namespaces"
  [ "$1" != Replication ] || left_out+=('SentinelNetworkTests: no network namespaces can be made here (that needs root and iproute2)')
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
scripts/test.sh "$filter" | tee "$output" || status=$?
if [ "${#left_out[@]}" -gt 0 ]; then
  printf 'COULD NOT RUN HERE: %s\n' "${left_out[@]}"
  echo "$(tail -n 1 "$output"), ${#left_out[@]} skipped"
fi
exit "$status"
