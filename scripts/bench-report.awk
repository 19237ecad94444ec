# Tables of a benchmark's raw results (one flat JSON object a line, see bench.sh): medians, spread, ratios against what must be reached.
# Prints sections, each between "@begin NAME" and "@end". Needs bench-report-data.awk, bench-report-replication.awk and bench-report-memcached.awk. POSIX awk.

function field(line, name,    place, rest) {
  place = index(line, "\"" name "\":")
  if (!place) return ""
  rest = substr(line, place + length(name) + 3)
  sub(/^"/, "", rest)
  sub(/[",}].*/, "", rest)
  return rest == "null" ? "" : rest
}

# Keeps a sample of a case, a system and a quantity.
function keep(c, s, q, value,    k) {
  if (value == "") return
  k = c SUBSEP s SUBSEP q
  sample[k, ++count[k]] = value + 0
  if (!((c, s) in seen)) { seen[c, s] = 1; systems_of[c] = systems_of[c] " " s }
  if (!(c in known)) { known[c] = 1; cases[++case_count] = c }
}

function sorted(k,    i, j, t) {
  if (k in is_sorted) return
  for (i = 2; i <= count[k]; i++) {
    t = sample[k, i]
    for (j = i - 1; j >= 1 && sample[k, j] > t; j--) sample[k, j + 1] = sample[k, j]
    sample[k, j + 1] = t
  }
  is_sorted[k] = 1
}

function median(c, s, q,    k, n) {
  k = c SUBSEP s SUBSEP q
  n = count[k]
  if (!n) return ""
  sorted(k)
  return n % 2 ? sample[k, (n + 1) / 2] : (sample[k, n / 2] + sample[k, n / 2 + 1]) / 2
}

# Half the distance between the least and the greatest, in percent of the median.
function spread(c, s, q,    k, m) {
  k = c SUBSEP s SUBSEP q
  m = median(c, s, q)
  return m ? (sample[k, count[k]] - sample[k, 1]) * 50 / m : 0
}

function show(value, digits) {
  return value == "" ? "–" : sprintf("%." digits "f", value)
}

function thousands(value,    text, out) {
  if (value == "") return "–"
  text = sprintf("%.0f", value)
  while (length(text) > 3) { out = "," substr(text, length(text) - 2) out; text = substr(text, 1, length(text) - 3) }
  return text out
}

function size_name(bytes) {
  return bytes >= 1024 ? bytes / 1024 " KB" : bytes " B"
}

function title(c,    part) {
  split(c, part, /-[cpvw]/)
  return toupper(part[1]) ": " part[2] " connection" (part[2] == 1 ? "" : "s") ", " part[3] " in flight, " size_name(part[4]) ", " part[5] " % writes"
}

function cpu(c, s,    u, k) {
  u = median(c, s, "server_user_us")
  k = median(c, s, "server_system_us")
  return u == "" ? "" : u + k
}

# One ratio that must be reached: the text, the reached value ("" when it was not measured), the limit, and whether that is the least or the most.
function target(text, reached, limit, kind,    good, shown) {
  good = kind == "least" ? reached >= limit : reached <= limit
  shown = reached == "" ? "not measured" : good ? "PASS" : "FAIL"
  targets_missed += reached != "" && !good
  targets_absent += reached == ""
  targets_met += reached != "" && good
  printf "| %s | at %s %s | %s | %s |\n", text, kind, limit, show(reached, limit >= 20 ? 1 : 2), shown
}

function print_verdict() {
  printf "\n%d reached, %d missed, %d not measured.\n", targets_met, targets_missed, targets_absent
  targets_met = targets_missed = targets_absent = 0
}

function ratio(c1, s1, c2, s2, q,    a, b) {
  a = q == "cpu" ? cpu(c1, s1) : median(c1, s1, q)
  b = q == "cpu" ? cpu(c2, s2) : median(c2, s2, q)
  return a == "" || b == "" || b == 0 ? "" : a / b
}

function rate(c, s1, s2) { return ratio(c, s1, c, s2, "requests_per_second") }

function number_of(c, place,    part) { split(c, part, /-[cpvw]/); return part[place] }

function print_targets(    i, v, worst, m, n, sizes) {
  print "| work | required | reached | |\n|---|---|---:|---|"
  target("one in flight, requests/s: × redis-server", rate("resp-c50-p1-v64-w10", "epollsrv", "redis-server"), 1.1, "least")
  target("one in flight, requests/s: × memcached, one thread", rate("resp-c50-p1-v64-w10", "epollsrv", "memcached-1"), 1.1, "least")
  target("one in flight, requests/s: × memcached, two threads", rate("resp-c50-p1-v64-w10", "epollsrv", "memcached-2"), 1.1, "least")
  target("one in flight, CPU per request: × the floor server's", ratio("resp-c50-p1-v64-w10", "epollsrv", "resp-c50-p1-v64-w10", "floor", "cpu"), 1.15, "most")
  target("16 in flight, requests/s: × redis-server", rate("resp-c50-p16-v64-w10", "epollsrv", "redis-server"), 2, "least")
  target("16 in flight, requests/s: × memcached, one thread", rate("resp-c50-p16-v64-w10", "epollsrv", "memcached-1"), 5, "least")
  target("16 in flight, requests/s: × memcached, two threads", rate("resp-c50-p16-v64-w10", "epollsrv", "memcached-2"), 5, "least")
  target("16 in flight, user CPU per request: × redis-server's", ratio("resp-c50-p16-v64-w10", "epollsrv", "resp-c50-p16-v64-w10", "redis-server", "server_user_us"), 0.40, "most")
  target("one connection, one in flight, p50: × redis-server's", ratio("resp-c1-p1-v64-w10", "epollsrv", "resp-c1-p1-v64-w10", "redis-server", "p50_us"), 1.05, "most")
  target("5,000 connections, requests/s: × its own at 50", ratio("beside-5000", "epollsrv", "beside-50", "epollsrv", "requests_per_second"), 0.85, "least")
  target("5,000 connections, requests/s: × redis-server's at 5,000", rate("resp-c5000-p1-v64-w10", "epollsrv", "redis-server"), 1.1, "least")
  target("CS, one in flight, requests/s: edge and adaptive × delete and queue", rate("cs-c50-p1-v64-w10", "epollsrv", "epollsrv-queue-delete"), 1.8, "least")
  n = split("1024 16384 262144", sizes, " ")
  for (i = 1; i <= n; i++) {
    v = sizes[i]
    target("GET of " size_name(v) ", requests/s: × redis-server", rate("resp-c50-p1-v" v "-w0", "epollsrv", "redis-server"), 1, "least")
    target("SET of " size_name(v) ", requests/s: × redis-server", rate("resp-c50-p1-v" v "-w100", "epollsrv", "redis-server"), 1, "least")
  }
  worst = ""
  n = split("1000000 1400000 1900000", sizes, " ")
  for (i = 1; i <= n; i++) {
    m = median("memory-per-key-" sizes[i], "epollsrv", "bytes")
    if (m != "" && (worst == "" || m > worst)) worst = m
  }
  target("memory per key beyond key and value, bytes, worst of 1.0, 1.4, 1.9 million keys", worst, 30, "most")
  target("memory per idle connection, bytes", median("memory-per-connection", "epollsrv", "bytes"), 256, "most")
  target("a second worker, 64 in flight, adaptive: × one worker's", rate("resp-c50-p64-v64-w10", "epollsrv-2-workers", "epollsrv-1-workers"), 0.95, "least")
  target("a second worker, 64 in flight, queue: × one worker's", rate("resp-c50-p64-v64-w10", "epollsrv-2-workers-queue", "epollsrv-1-workers-queue"), 0.75, "least")
  target("a file of 256 MB to curl, MB/s: × nginx with sendfile", ratio("files", "epollsrv", "files", "nginx", "megabytes_per_second"), 0.95, "least")
  target("the same, CPU per GB: × nginx's", ratio("files", "epollsrv", "files", "nginx", "seconds_per_gigabyte"), 1.1, "most")
  target("fetching 1 GB to disk without hashing, MB/s: × curl and sync", ratio("fetch", "verify-no", "fetch", "curl-sync", "megabytes_per_second"), 0.9, "least")
  target("fetching with hashing, to standard output, MB per CPU second", median("fetch", "verify-all-stdout", "megabytes_per_core"), 350, "least")
}

function print_case(c,    n, i, s, list) {
  printf "\n**%s**\n\n", title(c)
  print "| server | requests/s | ± | user µs | system µs | p50 µs | p99 µs | p99.9 µs | switches | system calls | MB |"
  print "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
  n = split(systems_of[c], list, " ")
  for (i = 1; i <= n; i++) {
    s = list[i]
    printf "| %s | %s | %s %% | %s | %s | %s | %s | %s | %s | %s | %s |\n", s, thousands(median(c, s, "requests_per_second")), show(spread(c, s, "requests_per_second"), 0),
      show(median(c, s, "server_user_us"), 2), show(median(c, s, "server_system_us"), 2), show(median(c, s, "p50_us"), 0), show(median(c, s, "p99_us"), 0),
      show(median(c, s, "p99_9_us"), 0), show(median(c, s, "switches"), 3), show(median(c, s, "server_system_calls"), 2), show(median(c, s, "server_resident_bytes") / 1048576, 0)
  }
}

# A small table of one quantity: a row for each system, a column for each case that begins with PREFIX.
function print_small(prefix, q, digits, head,    i, j, n, s, list, all, row, columns, found) {
  columns = "| server |"
  row = "|---|"
  for (i = 1; i <= case_count; i++) {
    if (index(cases[i], prefix) != 1) continue
    found = 1
    columns = columns " " (cases[i] == prefix ? head : thousands(substr(cases[i], length(prefix) + 1)) " " head) " |"
    row = row "---:|"
    all = all systems_of[cases[i]]
  }
  if (!found) return
  print columns "\n" row
  n = split(all, list, " ")
  for (j = 1; j <= n; j++) {
    s = list[j]
    if ((prefix, s) in printed) continue
    printed[prefix, s] = 1
    printf "| %s |", s
    for (i = 1; i <= case_count; i++) if (index(cases[i], prefix) == 1) printf " %s |", show(median(cases[i], s, q), digits)
    print ""
  }
}

# A table of one case: a row for each system, the quantities and their heads as "QUANTITY:DIGITS:HEAD;…".
function print_rows(c, columns,    i, j, n, m, list, column, part, row) {
  if (!(c in known)) return
  n = split(columns, column, ";")
  m = split(systems_of[c], list, " ")
  row = "| |"
  for (i = 1; i <= n; i++) { split(column[i], part, ":"); row = row " " part[3] " |" }
  print row
  row = "|---|"
  for (i = 1; i <= n; i++) row = row "---:|"
  print row
  for (j = 1; j <= m; j++) {
    row = "| " list[j] " |"
    for (i = 1; i <= n; i++) { split(column[i], part, ":"); row = row " " show(median(c, list[j], part[1]), part[2]) " |" }
    print row
  }
}

{
  c = field($0, "case")
  s = field($0, "system")
  n = split("requests_per_second server_user_us server_system_us p50_us p99_us p99_9_us server_system_calls server_resident_bytes client_cpu_us bytes milliseconds megabytes_per_second seconds_per_gigabyte megabytes_per_core " \
    "max_us hold_us fork_us rewrite_ms load_ms cpu_ms copied_bytes added_bytes peak_bytes rewrites file_bytes written_bytes stolen_percent", names, " ")
  for (i = 1; i <= n; i++) keep(c, s, names[i], field($0, names[i]))
  if (field($0, "server_voluntary_switches") != "") keep(c, s, "switches", field($0, "server_voluntary_switches") + field($0, "server_involuntary_switches"))
  errors += field($0, "errors")
  if (c ~ /^data-/) has_data = 1
  else if (c ~ /^replication-/) has_replication = 1
  else if (c ~ /^memcached/) has_memcached = 1
  else has_others = 1
}

END {
  # A section without lines stays as it was.
  print "@begin targets"
  if (has_others) { print_targets(); print_verdict() }
  print "@end"
  print "@begin data-targets"
  if (has_data) { print_data_targets(); print_verdict() }
  print "@end"
  print "@begin data"
  print_data()
  print "@end"
  print "@begin replication-targets"
  if (has_replication) { print_replication_targets(); print_verdict() }
  print "@end"
  print "@begin replication"
  print_replication()
  print "@end"
  print "@begin memcached-targets"
  if (has_memcached) { print_memcached_targets(); print_verdict() }
  print "@end"
  print "@begin memcached"
  print_memcached()
  print "@end"
  print "@begin cases"
  for (i = 1; i <= case_count; i++) if (cases[i] ~ /-c[0-9]+-p/ && cases[i] !~ /^memcached/) print_case(cases[i])
  print "@end"
  print "@begin memory"
  print_small("memory-per-key-", "bytes", 1, "keys")
  print ""
  print_small("memory-per-connection", "bytes", 0, "bytes per idle connection")
  print "@end"
  print "@begin start"
  print_small("start", "milliseconds", 1, "ms from start to the first connection")
  print ""
  print_small("accept", "requests_per_second", 0, "connections of one request, per second")
  print "@end"
  print "@begin files"
  print_rows("files", "megabytes_per_second:0:MB/s;seconds_per_gigabyte:3:CPU seconds per GB")
  print "@end"
  print "@begin fetch"
  print_rows("fetch", "megabytes_per_second:0:MB/s;megabytes_per_core:0:MB per CPU second")
  print "@end"
  print "@begin medians"
  for (i = 1; i <= case_count; i++) {
    n = split(systems_of[cases[i]], list, " ")
    for (j = 1; j <= n; j++) print cases[i], list[j], median(cases[i], list[j], "requests_per_second") + 0
  }
  print "@end"
  if (errors > 0) { print "bench: " errors " replies were errors" > "/dev/stderr"; exit 1 }
}
