# Sourced by bench.sh: a node's port for memcached's clients beside memcached with one thread (docs/BENCHMARK.md). Needs bench.sh and
# bench-systems.sh.
# shellcheck shell=bash disable=SC2154

memcached_group() {
  local systems protocol p
  begin_group memcached || return 0
  describe_machine >out/bench/memcached-machine.txt
  mapfile -t systems < <(keep_installed epollsrv-memcached memcached-1)
  start 64 "$keys" "${systems[@]}"
  for protocol in memcached memcached-meta; do
    for p in 1 16; do
      measure "$protocol" 50 "$p" 64 10 "$keys" "${systems[@]}"
    done
  done
  stop_all_systems
}
