# The part of bench-report.awk for memcached's clients (bench-memcached.sh): what must be reached, and the tables. POSIX awk.

function beside_memcached(protocol, p) { return rate(protocol "-c50-p" p "-v64-w10", "epollsrv-memcached", "memcached-1") }

function print_memcached_targets() {
  print "| work | required | reached | |\n|---|---|---:|---|"
  target("get and set, one in flight, requests/s: × memcached, one thread", beside_memcached("memcached", 1), 1.05, "least")
  target("get and set, 16 in flight, requests/s: × memcached, one thread", beside_memcached("memcached", 16), 5, "least")
  target("mg and ms, one in flight, requests/s: × memcached, one thread", beside_memcached("memcached-meta", 1), 1.05, "least")
  target("mg and ms, 16 in flight, requests/s: × memcached, one thread", beside_memcached("memcached-meta", 16), 5, "least")
}

function print_memcached(    i) {
  for (i = 1; i <= case_count; i++) if (cases[i] ~ /^memcached/) print_case(cases[i])
}
