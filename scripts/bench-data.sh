# Sourced by bench.sh: keys on disk, beside redis-server with appendonly yes on the same file system, in turns (docs/BENCHMARK.md).
# Needs bench.sh, bench-systems.sh and about 12 GB. Sizes: BENCH_DATA_MB of values in a base (1024), BENCH_DATA_KEYS to load (5000000), BENCH_DATA_RATE
# of requests a second at most where the load is fixed (20000), BENCH_DATA_SETS to count bytes by (300000), BENCH_DATA_DIR (out/bench).
# shellcheck shell=bash disable=SC2154

base_megabytes=${BENCH_DATA_MB:-1024}
load_keys=${BENCH_DATA_KEYS:-5000000}
fixed_rate=${BENCH_DATA_RATE:-20000}
counted_sets=${BENCH_DATA_SETS:-300000}

# A round that compares waiting times is measured again when the machine's host has given more than this percentage of the processors to
# others. After the last of these tries it counts anyway.
most_stolen=0.15
quiet_tries=8

fail() {
  echo "   FAILED: $1" >&2
  failures=$((failures + 1))
}

# begin_data_group NAME: also makes the directory and sees that there is room.
begin_data_group() {
  local megabytes
  begin_group "$1" || return 1
  mkdir -p "$data"
  {
    describe_machine
    echo "file system: $(df --output=fstype,source "$data" | awk 'NR == 2 { print $1 " on " $2 }')"
    echo "sizes: a base of $base_megabytes MB, loading of $load_keys keys, $fixed_rate requests/s where the load is fixed"
    echo "other work: $(cut -d ' ' -f 1 /proc/loadavg) threads wanted a processor in the minute before"
  } >out/bench/data-machine.txt
  megabytes=$(($(df --output=avail -k "$data" | tail -n 1) / 1024))
  if [ "$megabytes" -lt $((4 * base_megabytes + 8192 * load_keys / 5000000)) ]; then
    echo "   left out: $data has only $megabytes MB (BENCH_DATA_DIR: another directory)"
    return 1
  fi
}

end_data_group() {
  stop_all_systems
  rm -rf "$data"
}

# run_sets CASE PIPELINE SYSTEM...: SETs of 64 bytes. Long enough that a synchronization more or less does not decide.
run_sets() {
  local case=$1 pipeline=$2 round name order milliseconds=$((3 * milliseconds))
  shift 2
  echo "   $case"
  forget "$case" "$@"
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "$@"
    for name in "${order[@]}"; do
      sync -f "$data"
      run_once "$case" "$name" "$round" --connections 50 --pipeline "$pipeline" --reads 0 --keys "$keys"
    done
  done
}

data_set_group() {
  start 64 "$keys" epollsrv "${everysec[@]}"
  run_sets data-set-1 1 epollsrv "${everysec[@]}"
  run_sets data-set-16 16 epollsrv "${everysec[@]}"
  end_data_group
}

# begin_loads NAME MILLISECONDS: a load of SET and one of GET, each with the options of its array (set_load, get_load). They go on in the background.
begin_loads() {
  local common=(--server "127.0.0.1:${system_port[$1]}" --warmup 250ms --duration "$2ms" --quiet --json)
  "$load" "${common[@]}" --reads 0 "${set_load[@]}" >"$work/set.json" &
  set_pid=$!
  "$load" "${common[@]}" --reads 1 "${get_load[@]}" >"$work/get.json" &
  get_pid=$!
}

# end_loads CASE NAME ROUND: waits for both and records them.
end_loads() {
  local kind pid
  for kind in set get; do
    pid=${kind}_pid
    if wait "${!pid}"; then
      record "$1-$kind" "$2" "$3" "$(without_braces "$(cat "$work/$kind.json")")"
    else
      fail "$1-$kind, $2"
    fi
  done
}

data_always_group() {
  local name round order
  local set_load=(--connections 50 --keys "$keys") get_load=(--connections 50 --rate "$((fixed_rate / 4))" --key-size 24 --keys 100000)
  start 64 "$keys" "${always[@]}"
  run_sets data-always 1 "${always[@]}"
  echo "   data-beside"
  forget data-beside-set "${always[@]}"
  forget data-beside-get "${always[@]}"
  for name in "${always[@]}"; do
    "$load" --server "127.0.0.1:${system_port[$name]}" --key-size 24 --keys 100000 --preload --requests 1 --json >/dev/null || fail "writing keys, $name"
  done
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "${always[@]}"
    for name in "${order[@]}"; do
      sync -f "$data"
      begin_loads "$name" $((3 * milliseconds))
      end_loads data-beside "$name" "$round"
    done
  done
  end_data_group
}

# persistence NAME FIELD: a field of INFO persistence
persistence() {
  ask "$1" INFO persistence | tr -d '\r' | sed -n "s/^$2://p"
}

# rewriting NAME: whether its log is being written anew. It starts no other program: a few of them a second would delay more than one request
# in a hundred, on a machine of two processors, and the bench would measure itself.
rewriting() {
  local line
  {
    printf 'INFO persistence\r\n' >&3
    while IFS= read -r line <&3 && [[ $line != aof_rewrite_in_progress:* ]]; do :; done
  } 3<>"/dev/tcp/127.0.0.1/${system_port[$1]}"
  [[ $line == *:1* ]]
}

# rewrite NAME: has the log written anew. Sets rewrite_ms.
rewrite() {
  local began=${EPOCHREALTIME/./} silence
  ask "$1" BGREWRITEAOF >/dev/null
  exec {silence}<> <(:)
  while rewriting "$1"; do
    read -rt 0.5 -u "$silence" || true # sleep would be a program
  done
  exec {silence}>&-
  rewrite_ms=$(((${EPOCHREALTIME/./} - began) / 1000))
  [ "$(persistence "$1" aof_last_bgrewrite_status)" = ok ] || fail "the log was not written anew, $1"
}

# rewrite_facts NAME: what the server counted in the last rewrite
rewrite_facts() {
  printf '"rewrite_ms":%d,"copied_bytes":%d' "$rewrite_ms" "$(persistence "$1" aof_last_cow_size)"
  case $1 in
    redis-server*) printf ',"fork_us":%d' "$(ask "$1" INFO stats | tr -d '\r' | sed -n 's/^latest_fork_usec://p')" ;;
    *) printf ',"hold_us":%s' "$(metric "$1" 'snapshot_last_longest_hold_seconds{purpose="rewrite"}' | awk '{ print $1 * 1e6 }')" ;;
  esac
}

# metric NAME METRIC: a value of /metrics, asked without another program
metric() {
  {
    printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    tr -d '\r' <&3 | awk -v name="epollsrv_$2" '$1 == name { print $2 }'
  } 3<>"/dev/tcp/127.0.0.1/${system_port[$1]}"
}

# The kernel's own record of the most memory that a process ever had; reset_peak forgets it.
reset_peak() {
  echo 5 >"/proc/${system_pid[$1]}/clear_refs"
}

peak() {
  awk '/^VmHWM:/ { print $2 * 1024 }' "/proc/${system_pid[$1]}/status"
}

# processor_times: that of all, and of it what the machine's host gave to others, hundredths of a second
processor_times() {
  awk '$1 == "cpu" { for (i = 2; i <= 9; i++) all += $i; print all, $9 }' /proc/stat
}

# stolen_percent TIMES: what the host has taken since, of what there was
stolen_percent() {
  awk -v before="$1" '{ split(before, b, " "); printf "%.2f", ($1 > b[1] ? 100 * ($2 - b[2]) / ($1 - b[1]) : 0) }' <<<"$(processor_times)"
}

# forget_round CASE SYSTEM ROUND: drops it, to be measured again. Not what a base took: the longest hold of a lock is that of all bases.
forget_round() {
  grep -vF "{\"case\":\"$1\",\"system\":\"$2\",\"round\":$3," "$results" >"$work/kept" || true # 1: nothing is left
  cp "$work/kept" "$results"
}

# find_sustainable_rate SYSTEM...: a seventh of what the slowest of them answers in a closed loop, and at most the fixed rate. With more, a machine
# that has become slow would have no processor left for a base, whatever the server. Sets sustainable_rate.
find_sustainable_rate() {
  local name rate lowest=$((7 * fixed_rate))
  for name in "$@"; do
    rate=$("$load" --server "127.0.0.1:${system_port[$name]}" --connections 50 --value-size 1024 --keys "$count" --reads 0.5 --warmup 250ms --duration 3s \
      --quiet --json | sed -nE 's/.*"requests_per_second":([0-9]+).*/\1/p')
    if [ "${rate:-0}" -eq 0 ]; then
      fail "no closed loop, $name"
    else
      lowest=$((rate < lowest ? rate : lowest))
    fi
  done
  sustainable_rate=$((lowest / 7))
}

# data_base_round SYSTEM ROUND MILLISECONDS: the loads without a base, then with one.
data_base_round() {
  sync -f "$data"
  begin_loads "$1" "$3"
  end_loads data-base-alone "$1" "$2"
  sync -f "$data"
  begin_loads "$1" "$3"
  sleep 0.3 # the warm-up
  rewrite "$1"
  end_loads data-base-written "$1" "$2"
}

data_base_group() {
  local name round order try before stolen interference_pid count=$((base_megabytes * 1048576 / 1040)) half
  local cases=(data-base-written-{set,get} data-base-alone-{set,get})
  local -A window=()
  start 1024 "$count" "${everysec[@]}"
  find_sustainable_rate "${everysec[@]}"
  half=$((sustainable_rate / 2))
  local each=(--connections 25 --value-size 1024 --keys "$count" --rate "$half")
  local set_load=("${each[@]}") get_load=("${each[@]}")
  for name in "${cases[@]}" data-base data-base-quiet data-base-interference data-base-memory; do
    forget "$name" "${everysec[@]}"
  done
  echo "   data-base"
  for name in "${everysec[@]}"; do
    # How long a base takes under this load, and with that each run: at most a minute of it. The shortest so far, so that the load ends
    # with the base and not after it.
    sync -f "$data"
    begin_loads "$name" 3600000
    rewrite "$name"
    kill "$set_pid" "$get_pid"
    wait "$set_pid" "$get_pid" 2>/dev/null || true
    window[$name]=$((rewrite_ms < 60000 ? rewrite_ms : 60000))
  done
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "${everysec[@]}"
    for name in "${order[@]}"; do
      for ((try = 1; try <= quiet_tries; try++)); do
        for case in "${cases[@]}"; do
          forget_round "$case" "$name" "$round"
        done
        before=$(processor_times)
        data_base_round "$name" "$round" "${window[$name]}"
        stolen=$(stolen_percent "$before")
        record data-base "$name" "$round" "$(rewrite_facts "$name")"
        window[$name]=$((rewrite_ms < window[$name] ? rewrite_ms : window[$name]))
        if awk -v stolen="$stolen" -v most="$most_stolen" 'BEGIN { exit stolen > most }'; then
          break
        fi
        echo "   $name, round $round: the machine's host took $stolen % of the processors ($([ "$try" -lt "$quiet_tries" ] && echo measured again || echo it counts))"
      done
      record data-base-quiet "$name" "$round" "\"stolen_percent\":$stolen"
    done
  done
  echo "   data-base-memory"
  set_load=(--connections 50 --value-size 1024 --keys "$count")
  get_load=(--connections 1 --value-size 1024 --keys "$count" --rate 10)
  for ((round = 1; round <= rounds; round++)); do
    for name in "${everysec[@]}"; do
      reset_peak "$name"
      begin_loads "$name" "${window[$name]}"
      wait "$set_pid" "$get_pid" || fail "data-base-memory, $name"
      before=$(peak "$name")
      reset_peak "$name"
      begin_loads "$name" "${window[$name]}"
      "$load" interference --duration "${window[$name]}ms" >"$work/interference.json" &
      interference_pid=$!
      sleep 0.3
      rewrite "$name"
      wait "$set_pid" "$get_pid" "$interference_pid" || fail "data-base-memory, $name"
      record data-base-interference "$name" "$round" "$(without_braces "$(cat "$work/interference.json")")"
      record data-base-memory "$name" "$round" "\"added_bytes\":$(($(peak "$name") - before)),$(rewrite_facts "$name")"
    done
  done
  end_data_group
}

data_resident_group() { # a small node that does nothing but write its log anew under full load
  local round name=epollsrv-64mb-everysec load_pid count
  forget data-resident "$name"
  for ((round = 1; round <= rounds; round++)); do
    start 64 1000000 "$name"
    reset_peak "$name"
    "$load" --server "127.0.0.1:${system_port[$name]}" --connections 50 --pipeline 16 --reads 0 --keys 1000000 --duration "$((6 * milliseconds))ms" --json >/dev/null &
    load_pid=$!
    count=0
    while kill -0 "$load_pid" 2>/dev/null; do
      rewrite "$name"
      count=$((count + 1))
    done
    wait "$load_pid" || fail "data-resident"
    record data-resident "$name" "$round" "\"peak_bytes\":$(peak "$name"),\"rewrites\":$count,$(rewrite_facts "$name")"
    end_data_group
  done
}

# cpu_milliseconds NAME: of the whole process since its start, also of threads that have ended
cpu_milliseconds() {
  awk '{ sub(/.*\) /, ""); print ($12 + $13) * 10 }' "/proc/${system_pid[$1]}/stat"
}

# read_directory WAY: every system starts from a directory, and says how long it took. The directory is as before afterwards.
read_directory() {
  local way=$1 name round order milliseconds
  echo "   data-reading-$way"
  forget "data-reading-$way" "${everysec[@]}"
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "${everysec[@]}"
    for name in "${order[@]}"; do
      mv "$data/$way" "$data/$name"
      if ! start_system "$name" 64 0.02; then
        fail "data-reading-$way, $name"
      elif [ "$(ask "$name" DBSIZE | head -n 1 | tr -d ':\r')" != "$load_keys" ]; then
        fail "data-reading-$way, $name: not all keys are there"
      else
        milliseconds=$(sed -nE 's/.*loaded .* in ([0-9]+) ms.*/\1/p; s/.*DB loaded from append only file: ([0-9]+)\.([0-9]{3}) seconds.*/\1\2/p' "$work/$name.log")
        record "data-reading-$way" "$name" "$round" "\"milliseconds\":$(((system_ready - system_started) / 1000)),\"load_ms\":$((10#$milliseconds)),\"cpu_ms\":$(cpu_milliseconds "$name")"
      fi
      stop_system "$name"
      mv "$data/$name" "$data/$way"
    done
  done
}

data_reading_group() {
  local ours=epollsrv-everysec log=appendonlydir/appendonly.aof
  # Our log of that many SETs; the same without the lines that only we write; the same as a base.
  start 64 "$load_keys" "$ours"
  stop_system "$ours"
  cp -r "$data/$ours" "$data/blocks"
  cp -r "$data/$ours" "$data/plain"
  LC_ALL=C grep -av '^#HDR:' "$data/blocks/$log.1.incr.aof" >"$data/plain/$log.1.incr.aof"
  start_system "$ours" 64 0.1
  rewrite "$ours"
  stop_system "$ours"
  mv "$data/$ours" "$data/base"
  sync -f "$data"
  read_directory base
  read_directory plain
  read_directory blocks
  end_data_group
}

# counted NAME: bytes of the files of a system, and bytes that it had the kernel write
counted() {
  echo "$(du -sb "$data/$1" | cut -f 1) $(sed -n 's/^write_bytes: //p' "/proc/${system_pid[$1]}/io")"
}

# record_bytes CASE NAME ROUND REQUESTS BEFORE AFTER: per request; BEFORE and AFTER are what `counted` printed.
record_bytes() {
  record "$1" "$2" "$3" "$(awk -v n="$4" '{ printf "\"file_bytes\":%.2f,\"written_bytes\":%.2f", ($3 - $1) / n, ($4 - $2) / n }' <<<"$5 $6")"
}

data_bytes_group() {
  local name round order before seconds=20
  local -A began=() pids=()
  start 64 1000 "${everysec[@]}"
  echo "   data-bytes-16"
  forget data-bytes-16 "${everysec[@]}"
  forget data-bytes-slow "${everysec[@]}"
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "${everysec[@]}"
    for name in "${order[@]}"; do
      before=$(counted "$name")
      "$load" --server "127.0.0.1:${system_port[$name]}" --pipeline 16 --reads 0 --keys 100000 --requests "$counted_sets" --json >/dev/null || fail "data-bytes-16, $name"
      sync -f "$data"
      record_bytes data-bytes-16 "$name" "$round" "$counted_sets" "$before" "$(counted "$name")"
    done
  done
  echo "   data-bytes-slow"
  for name in "${everysec[@]}"; do
    began[$name]=$(counted "$name")
    "$load" --server "127.0.0.1:${system_port[$name]}" --connections 1 --reads 0 --keys 100000 --rate 1 --requests "$seconds" --json >/dev/null &
    pids[$name]=$!
  done
  for name in "${everysec[@]}"; do
    wait "${pids[$name]}" || fail "data-bytes-slow, $name"
  done
  sleep 1.5 # the last synchronization
  for name in "${everysec[@]}"; do
    record_bytes data-bytes-slow "$name" 1 "$seconds" "${began[$name]}" "$(counted "$name")"
  done
  end_data_group
}

# until_line TEXT COMMAND...: starts it, waits for a line with TEXT (any line when it is empty) or the end, ends it. Sets ready_us.
until_line() {
  local text=$1 output line pid started=${EPOCHREALTIME/./}
  shift
  # As footprint.sh does: no other process between start and line.
  exec {output}< <(exec "$@" 2>&1 </dev/null)
  pid=$!
  while IFS= read -r -t 30 -u "$output" line && [[ $line != *"$text"* ]]; do :; done
  ready_us=$((${EPOCHREALTIME/./} - started))
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  exec {output}<&-
}

data_empty_group() {
  local round name
  forget data-empty /bin/true epollsrv "${everysec[@]}"
  for ((round = 1; round <= 21; round++)); do
    until_line '' /bin/true
    record data-empty /bin/true "$round" "\"milliseconds\":$(awk -v t="$ready_us" 'BEGIN { printf "%.2f", t / 1000 }')"
    for name in epollsrv "${everysec[@]}"; do
      rm -rf "${data:?}/$name"
      choose_command "$name" "$(free_port)"
      case $name in
        redis-server*) until_line 'Ready to accept' "${system_command[@]}" ;;
        *) until_line ready "${system_command[@]}" ;;
      esac
      record data-empty "$name" "$round" "\"milliseconds\":$(awk -v t="$ready_us" 'BEGIN { printf "%.2f", t / 1000 }')"
    done
  done
  end_data_group
}

data_groups() {
  local everysec always group
  mapfile -t everysec < <(keep_installed epollsrv-everysec redis-server-everysec)
  mapfile -t always < <(keep_installed epollsrv-always redis-server-always)
  for group in set always base resident reading bytes empty; do
    if begin_data_group "data-$group"; then
      "data_${group}_group"
    fi
  done
}
