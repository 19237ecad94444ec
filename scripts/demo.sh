#!/usr/bin/env bash
# The README's tour: four nodes in a temporary folder share this repository's own files; files are found by their hash and
# fetched across nodes, one node is killed, and every byte is compared. Needs out/epollsrv (make). Ends cleanly, exit code 0 or 1.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node.sh
. scripts/node.sh

program=$PWD/out/epollsrv
folder=$(mktemp -d "${TMPDIR:-/tmp}/epollsrv-demo-XXXXXX")
pids=()

finish() {
  local pid
  for pid in "${pids[@]}"; do
    if [ -n "$pid" ]; then
      kill -KILL "$pid" 2>/dev/null || true
      wait "$pid" 2>/dev/null || true
    fi
  done
  rm -rf "$folder"
}
trap finish EXIT

step() {
  printf '\n== %s\n' "$*"
}

# Shows a command of the program, then runs it.
run() {
  printf '$ epollsrv %s\n' "$*"
  "$program" "$@" 2>&1
}

fail() {
  echo "demo: $*" >&2
  exit 1
}

# A port nobody listens on, below the range that the kernel gives to outgoing connections.
free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); do
    if [[ " ${ports[*]} " != *" $port "* ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# The node, from 1, that owns a name: Jenkins one-at-a-time modulo the number of nodes. ASCII names only.
owner_of() {
  local name=$1 hash=0 i code
  for ((i = 0; i < ${#name}; i++)); do
    printf -v code '%d' "'${name:i:1}"
    hash=$(((hash + code) & 0xFFFFFFFF))
    hash=$(((hash + (hash << 10)) & 0xFFFFFFFF))
    hash=$((hash ^ (hash >> 6)))
  done
  hash=$(((hash + (hash << 3)) & 0xFFFFFFFF))
  hash=$((hash ^ (hash >> 11)))
  hash=$(((hash + (hash << 15)) & 0xFFFFFFFF))
  echo $((hash % 4 + 1))
}

start() {
  local log=$folder/node$1.log deadline=$((SECONDS + 10))
  printf '$ epollsrv serve --conf server.conf --id %s --share node%s &\n' "$1" "$1"
  start_node "$log" "$program" serve --conf server.conf --id "$1" --share "node$1"
  pids[$1]=$node_pid
  until grep -q ' shared from ' "$log"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "node $1 does not register its files: $(cat "$log")"
    sleep 0.02
  done
}

# Waits until every name is known to its owner and its replica: a node that starts while others are down tells them within a second of their start.
all_told() {
  local names known=0 deadline=$((SECONDS + 10))
  names=$(find node? -type f -printf '%f\n' | sort -u | wc -l)
  until [ "$known" -eq $((2 * names)) ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "the nodes know $known names and not $((2 * names))"
    sleep 0.05
    known=$("$program" nodes --conf server.conf | awk 'NR > 1 && $NF ~ /^[0-9]+$/ { files += $NF } END { print files + 0 }')
  done
}

# Fetches every file of the given nodes and compares it with its original.
fetch_all() {
  local node file name count=0 bytes=0
  rm -rf fetched
  mkdir fetched
  for node in "$@"; do
    for file in "node$node"/*; do
      name=${file##*/}
      "$program" fetch "$name" --conf server.conf -o "fetched/$name" 2>>fetch.log || fail "$name was not fetched: $(tail -n 3 fetch.log)"
      cmp "$file" "fetched/$name" || fail "$name differs"
      count=$((count + 1))
      bytes=$((bytes + $(stat -c %s "$file")))
    done
  done
  echo "$count files, $bytes bytes: fetched, and every byte is the same"
}

ports=()
for _ in 1 2 3 4; do
  ports+=("$(free_port)")
done
mkdir "$folder"/node{1,2,3,4}
cp docs/*.md LICENSE "$folder/node1"
cp Engine/*.cs "$folder/node2"
cp Native/*.cs "$folder/node3"
cp Store/*.cs "$folder/node4"
cp "$program" "$folder/node4/epollsrv.bin"
cd "$folder"
pids=("" "" "" "" "")

step "A ring of four: server.conf names the nodes, each shares a folder"
printf '127.0.0.1 %s\n' "${ports[@]}" >server.conf
cat server.conf
for node in 1 2 3 4; do
  start "$node"
done
all_told
run nodes --conf server.conf

# A file that node 4 has and neither owns nor keeps the copy of: the node that owns it is killed later.
name=
for file in node4/*; do
  candidate=${file##*/}
  owner=$(owner_of "$candidate")
  if [ "$owner" -le 2 ]; then
    name=$candidate
    break
  fi
done
[ -n "$name" ] || fail "no suitable file"
replica=$((owner + 1))

step "$name is in node 4's folder; its hash makes node $owner responsible, and node $replica its replica"
run get "$name" --conf server.conf
run fetch "$name" --conf server.conf -o copy
sha256sum "node4/$name" copy
cmp "node4/$name" copy

step "Every file of every node"
fetch_all 1 2 3 4

step "Node $owner is killed (kill -9); who has $name is asked of node $replica"
kill -KILL "${pids[$owner]}"
wait "${pids[$owner]}" 2>/dev/null || true
pids[owner]=
run fetch "$name" --conf server.conf -o copy2
sha256sum "node4/$name" copy2
cmp "node4/$name" copy2
run nodes --conf server.conf || echo "(exit code $?: a node is not reachable)"

step "Every file of the other three"
others=()
for node in 1 2 3 4; do
  [ "$node" -eq "$owner" ] || others+=("$node")
done
fetch_all "${others[@]}"

step "Node $owner comes back, empty: it registers its own files, and the others tell it about theirs"
start "$owner"
all_told
run nodes --conf server.conf
fetch_all 1 2 3 4

step "A clean stop, one after the other: each node takes its files back from the nodes that are still there"
for node in 1 2 3 4; do
  node_pid=${pids[$node]}
  stop_node
  pids[node]=
  [ "$node_status" -eq 0 ] || fail "node $node ended with $node_status"
  echo "node $node: $(grep -o 'withdrew .*' "node$node.log" | tail -n 1)"
done
echo
echo "Done: nothing is left running, $folder is removed."
