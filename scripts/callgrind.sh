# Sourced by instructions.sh and scaling.sh, after node.sh: counts the instructions of a node's life with callgrind. Needs $program.
# shellcheck shell=bash disable=SC2034,SC2154

if [ "$(uname -m)" != x86_64 ]; then
  echo "$(basename "$0" .sh): only on x86-64"
  exit 75
fi
for tool in valgrind objdump; do
  if ! command -v "$tool" >/dev/null; then
    echo "$(basename "$0" .sh): $tool is not installed"
    exit 75
  fi
done

folder=$(mktemp -d)
node_pid=
trap '[ -n "$node_pid" ] && stop_node; rm -rf "$folder"' EXIT
# One processor, where no thread spins for work while it waits.
processor=$(taskset -pc $$ | sed -E "s/.*: ([0-9]+).*/\\1/")
# Alone in a folder: Valgrind 3.19 gives up on the .dbg file beside the program.
cp "$program" "$folder/epollsrv"
callgrind_options=()

# run_counted OUT REQUESTS "SERVE_OPTION..." BENCH_OPTION...: a node is started, answers one connection with one request in flight, and is stopped.
# Sets node_base: where the program was in memory. Not confined: valgrind, a part of the same process, writes a file at its end.
run_counted() {
  local out=$1 requests=$2 serve
  read -ra serve <<<"$3"
  shift 3
  rm -f "$out"
  start_node "$folder/log" env -i taskset -c "$processor" "$(command -v valgrind)" --quiet --tool=callgrind "${callgrind_options[@]}" \
    --callgrind-out-file="$out" "$folder/epollsrv" serve --port 0 --sandbox off "${serve[@]}"
  node_base=0x$(awk -F- -v program="$folder/epollsrv" '$0 ~ program "$" { print $1; exit }' "/proc/$node_pid/maps")
  out/epollsrv-bench --server "127.0.0.1:$node_port" --connections 1 --keys 100 --requests "$requests" --preload --quiet --json "$@" >"$folder/bench"
  stop_node
}
