#!/usr/bin/env bash
# The test suite of redis 7.0.15, from Debian's source package, against the node, with the servers that it starts itself: redis-server.sh stands in for
# redis-server. How many tests of a unit pass and fail is in redis-suites.txt; fewer that pass or more that fail are a failure.
# Usage: scripts/redis-suites.sh [PROGRAM [UNIT ...]]      without units: those of redis-suites.txt
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(readlink -f "${1:-out/epollsrv}")
[ $# -eq 0 ] || shift
scripts=$PWD/scripts
archive=obj/redis_7.0.15.orig.tar.gz
checksum=4b1dc4ee6d622a09fff9c6777191209750fb5e5a725ef78ea012d6eef4c22982

mkdir -p obj
if ! sha256sum --check --status <<<"$checksum  $archive" 2>/dev/null; then
  # From the mirrors that this machine is configured for, and as apt reaches them.
  for mirror in $(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
    /usr/lib/apt/apt-helper download-file "${mirror%/}/pool/main/r/redis/redis_7.0.15.orig.tar.gz" "$archive" "SHA256:$checksum" 2>&1 && break
  done
  sha256sum --check --quiet <<<"$checksum  $archive" || { echo "$archive could not be downloaded from Debian's mirrors; put it there by hand"; exit 1; }
fi

work=$(mktemp -d)
runner=
trap '[ -z "$runner" ] || kill "$runner" 2>/dev/null || true; rm -rf "$work"' EXIT
tar -xzf "$archive" -C "$work" --strip-components=1
ln -s "$scripts/redis-server.sh" "$work/src/redis-server"
ln -s "$(command -v redis-cli)" "$work/src/redis-cli"
ln -s "$(command -v redis-benchmark)" "$work/src/redis-benchmark"
export EPOLLSRV=$program

# Tests that wait for what cannot happen here, some of them for minutes: client eviction, replies copied for each client, scripts and HyperLogLogs in a pause.
skipped='/^(eviction due to|Test (scripts|special commands) are)'
status=0
while read -r unit expected most _; do
  [ -z "$unit" ] || [[ "$unit" == \#* ]] || { [ $# -gt 0 ] && [[ " $* " != *" $unit "* ]]; } && continue
  (cd "$work" && exec timeout 120 ./runtest --clients 1 --singledb --durable --timeout 100 --skiptest "$skipped" \
    --tags '-needs:repl -slow -cluster -large-memory' --single "unit/$unit") >"$work/log" 2>&1 </dev/null &
  runner=$!
  wait "$runner" || true
  runner=
  sed -i 's/\x1b\[[0-9;]*m//g' "$work/log"
  passed=$(grep -ac '^\[ok\]' "$work/log" || true)
  failed=$(grep -ac '^\[err\]' "$work/log" || true)
  if [ "$passed" -ge "$expected" ] && [ "$failed" -le "$most" ]; then
    echo "ok: $unit: $passed passed, $failed failed"
  else
    status=1
    echo "FAILED: $unit: $passed passed, $failed failed, $expected and $most are expected"
    grep -aE -A 3 '^\[(err|exception|TIMEOUT)\]' "$work/log" | cut -c 1-200 | tail -n 30 | sed 's/^/    /' || true
  fi
done <scripts/redis-suites.txt
exit "$status"
