# The part of bench-report.awk for keys on disk (bench-data.sh): what must be reached, and the tables. POSIX awk.

function over(value, by) { return value == "" ? "" : value / by }

# The greatest of all runs; "" when there were none.
function greatest(c, s, q,    k) {
  k = c SUBSEP s SUBSEP q
  if (!count[k]) return ""
  sorted(k)
  return sample[k, count[k]]
}

# While a base is written, against the same load without.
function written(kind, s, q) { return ratio("data-base-written-" kind, s, "data-base-alone-" kind, s, q) }

function print_data_targets(    ours, theirs, hold) {
  ours = "epollsrv-everysec"
  theirs = "redis-server-everysec"
  hold = greatest("data-base", ours, "hold_us")
  if (greatest("data-base-memory", ours, "hold_us") > hold) hold = greatest("data-base-memory", ours, "hold_us")
  print "| work | required | reached | |\n|---|---|---:|---|"
  target("SET, one in flight, everysec, requests/s: × redis-server", rate("data-set-1", ours, theirs), 1, "least")
  target("the same, CPU per request: × without --data", ratio("data-set-1", ours, "data-set-1", "epollsrv", "cpu"), 1.25, "most")
  target("SET, 16 in flight, everysec, requests/s: × redis-server", rate("data-set-16", ours, theirs), 2, "least")
  target("SET, one in flight, always, requests/s: × redis-server", rate("data-always", "epollsrv-always", "redis-server-always"), 1, "least")
  target("GET of other keys beside that, p99: × redis-server's", ratio("data-beside-get", "epollsrv-always", "data-beside-get", "redis-server-always", "p99_us"), 0.5, "most")
  target("GET while a base is written, p99: × without", written("get", ours, "p99_us"), 2, "most")
  target("GET while a base is written, p99.9: × without", written("get", ours, "p99_9_us"), 2, "most")
  target("SET while a base is written, p99: × without", written("set", ours, "p99_us"), 2, "most")
  target("SET while a base is written, p99.9: × without", written("set", ours, "p99_9_us"), 2, "most")
  target("longest hold of a lock for a base, the worst of all, ms of CPU", over(hold, 1000), 2, "most")
  target("memory that a base adds under full load, MB", over(median("data-base-memory", ours, "added_bytes"), 1048576), 32, "most")
  target("resident memory of a node of 64 MB that rewrites under full load, the worst: × 64 MB", over(greatest("data-resident", "epollsrv-64mb-everysec", "peak_bytes"), 67108864), 1.3, "most")
  target("loading a base (RDB), keys/s: × redis-server", ratio("data-reading-base", theirs, "data-reading-base", ours, "milliseconds"), 1.2, "least")
  target("loading a log of SETs (AOF), keys/s: × redis-server", ratio("data-reading-plain", theirs, "data-reading-plain", ours, "milliseconds"), 1.2, "least")
  target("bytes on disk per SET of 64 B, 16 in flight: × redis-server's", ratio("data-bytes-16", ours, "data-bytes-16", theirs, "file_bytes"), 1.1, "most")
  target("bytes on disk per SET of 64 B, one a second: × redis-server's", ratio("data-bytes-slow", ours, "data-bytes-slow", theirs, "file_bytes"), 2, "most")
  target("start with an empty directory to ready, ms", median("data-empty", ours, "milliseconds"), 10, "most")
}

# A table of one case under a heading; nothing when it was not measured.
function print_data_case(heading, c, columns) {
  if (!(c in known)) return
  printf "\n**%s**\n\n", heading
  print_rows(c, columns)
}

function print_data(    i, j, n, m, s, kind, kinds, list, load) {
  load = "requests_per_second:0:requests/s;server_user_us:2:user µs;server_system_us:2:system µs;p50_us:0:p50 µs;p99_us:0:p99 µs;p99_9_us:0:p99.9 µs;max_us:0:max µs"
  print_data_case("SET, 50 connections, 1 in flight, 64 B", "data-set-1", load)
  print_data_case("SET, 50 connections, 16 in flight, 64 B", "data-set-16", load)
  print_data_case("SET, 50 connections, 1 in flight, 64 B, always", "data-always", load)
  load = "requests_per_second:0:requests/s;p50_us:0:p50 µs;p99_us:0:p99 µs;p99_9_us:0:p99.9 µs;max_us:0:max µs"
  print_data_case("SET, always, with a load of GET beside it", "data-beside-set", load)
  print_data_case("GET of other keys at a fixed rate, beside that load of SET", "data-beside-get", load)
  if ("data-base-written-get" in known) {
    print "\n**While a base is written, and without (medians of the runs; for the maximum the worst)**\n"
    print "| | requests/s | p99 µs, without | p99 µs | p99.9 µs, without | p99.9 µs | max µs, without | max µs |\n|---|---:|---:|---:|---:|---:|---:|---:|"
    n = split("get set", kinds, " ")
    for (i = 1; i <= n; i++) {
      kind = kinds[i]
      m = split(systems_of["data-base-written-" kind], list, " ")
      for (j = 1; j <= m; j++) {
        s = list[j]
        printf "| %s, %s | %s | %s | %s | %s | %s | %s | %s |\n", toupper(kind), s, show(median("data-base-written-" kind, s, "requests_per_second"), 0),
          show(median("data-base-alone-" kind, s, "p99_us"), 0), show(median("data-base-written-" kind, s, "p99_us"), 0),
          show(median("data-base-alone-" kind, s, "p99_9_us"), 0), show(median("data-base-written-" kind, s, "p99_9_us"), 0),
          show(greatest("data-base-alone-" kind, s, "max_us"), 0), show(greatest("data-base-written-" kind, s, "max_us"), 0)
      }
    }
  }
  print_data_case("What a base took", "data-base", "rewrite_ms:0:ms;hold_us:0:longest hold of a lock, CPU µs;fork_us:0:fork, µs;copied_bytes:0:bytes copied beside the keys")
  if ("data-base-quiet" in known) print ""
  m = split(systems_of["data-base-quiet"], list, " ")
  for (j = 1; j <= m; j++) {
    s = list[j]
    printf "%s: %d rounds were measured, %d of them count; in these the machine's host took at most %.2f %% of the processors.\n",
      s, count["data-base" SUBSEP s SUBSEP "rewrite_ms"], count["data-base-quiet" SUBSEP s SUBSEP "stolen_percent"], greatest("data-base-quiet", s, "stolen_percent")
  }
  if ("data-base-interference" in known) {
    printf "\nBeside a base a piece of arithmetic took %.0f µs of processor time at least and %.0f µs at most (`epollsrv-bench interference`):", median("data-base-interference", "epollsrv-everysec", "least_us"), greatest("data-base-interference", "epollsrv-everysec", "most_us")
    print " the kernel counts interrupts, and what the machine's host takes, as the time of the thread that they meet. The longest hold of a lock has the same added."
  }
  print_data_case("Memory that a base adds, under full load", "data-base-memory", "added_bytes:0:bytes of the process;copied_bytes:0:bytes copied beside the keys")
  print_data_case("A node of 64 MB that writes its log anew again and again, under full load", "data-resident", "peak_bytes:0:most resident bytes;rewrites:0:rewrites")
  print_data_case("Loading a base", "data-reading-base", "milliseconds:0:ms from start to PONG;load_ms:0:ms of the program's log;cpu_ms:0:ms of CPU")
  print_data_case("Loading a log of SETs without a base", "data-reading-plain", "milliseconds:0:ms from start to PONG;load_ms:0:ms of the program's log;cpu_ms:0:ms of CPU")
  print_data_case("… in the form in which a node writes it, with checksums", "data-reading-blocks", "milliseconds:0:ms from start to PONG;load_ms:0:ms of the program's log;cpu_ms:0:ms of CPU")
  print_data_case("Bytes per SET of 64 B, 16 in flight", "data-bytes-16", "file_bytes:1:of the files;written_bytes:1:written to the disk (write_bytes)")
  print_data_case("Bytes per SET of 64 B, one a second", "data-bytes-slow", "file_bytes:1:of the files;written_bytes:1:written to the disk (write_bytes)")
  print_data_case("Start with an empty directory", "data-empty", "milliseconds:1:ms to ready")
}
