# The part of bench-report.awk for replicas (bench-replication.sh): what must be reached, and the tables. POSIX awk.

function followed(s, c) { return ratio(c, s "-followed", c, s, "requests_per_second") }

function print_replication_targets() {
  print "| work | required | reached | |\n|---|---|---:|---|"
  target("SET with a replica, one in flight, requests/s: × without", followed("epollsrv", "replication-writes-1"), 0.85, "least")
  target("SET with a replica, 16 in flight, requests/s: × without", followed("epollsrv", "replication-writes-16"), 0.85, "least")
  target("full synchronization of 1 GB, bytes/s: × redis-server's", ratio("replication-sync", "redis-server", "replication-sync", "epollsrv", "milliseconds"), 1.2, "least")
  target("a replica that stops reading, p99 of clients: × beside one that reads", ratio("replication-stuck", "epollsrv-followed", "replication-reading", "epollsrv-followed", "p99_us"), 1.1, "most")
  printf "\nredis-server's own SET with a replica: × %s one in flight, × %s 16 in flight.\n", show(followed("redis-server", "replication-writes-1"), 2), show(followed("redis-server", "replication-writes-16"), 2)
}

function print_replication(    load) {
  load = "requests_per_second:0:requests/s;server_user_us:2:user µs;server_system_us:2:system µs;p50_us:0:p50 µs;p99_us:0:p99 µs;p99_9_us:0:p99.9 µs;max_us:0:max µs"
  print_data_case("SET, 50 connections, 1 in flight, 64 B", "replication-writes-1", load)
  print_data_case("SET, 50 connections, 16 in flight, 64 B", "replication-writes-16", load)
  load = "requests_per_second:0:requests/s;p50_us:0:p50 µs;p99_us:0:p99 µs;p99_9_us:0:p99.9 µs;max_us:0:max µs"
  print_data_case("SET and GET at a fixed rate, with a replica that reads", "replication-reading", load)
  print_data_case("The same, with a replica that is stopped", "replication-stuck", load)
  print_data_case("A new replica, from its start until it has everything", "replication-sync", "milliseconds:0:ms;megabytes_per_second:0:MB/s")
}
