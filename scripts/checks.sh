# Sourced by the scripts that run other people's programs: one line a check, counted in passed and failed. Needs $work, a folder.
# shellcheck shell=bash disable=SC2154,SC2034

passed=0
failed=0
expect_limit=()   # what runs a command of expect: (timeout 60); not for functions
lines_seconds=240 # for a program of lines

# verdict NAME STATUS [FILE]: one line; what FILE holds is shown when it failed.
verdict() {
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok: $1"
  else
    failed=$((failed + 1))
    echo "FAILED: $1"
    [ -z "${3:-}" ] || tail -n 20 "$3" | cut -c 1-300 | sed 's/^/    /'
  fi
}

# expect NAME PATTERN COMMAND...: its output has a line that matches.
expect() {
  local name=$1 pattern=$2
  shift 2
  "${expect_limit[@]}" "$@" >"$work/output" 2>&1 </dev/null
  grep -Eq -- "$pattern" "$work/output"
  verdict "$name" $? "$work/output"
}

# lines NAME COMMAND...: a program that prints "ok: …" and "FAILED: …" itself, and "all done" at its end.
lines() {
  local name=$1
  shift
  timeout "$lines_seconds" "$@" 2>&1 </dev/null | tee "$work/lines" | grep -E '^(ok|FAILED): '
  passed=$((passed + $(grep -c '^ok: ' "$work/lines")))
  failed=$((failed + $(grep -c '^FAILED: ' "$work/lines")))
  grep -q '^all done$' "$work/lines" || verdict "$name: came to its end" 1 "$work/lines"
}

# install_packages PACKAGE...: of Debian, and npm, as far as they are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$package" = nginx-light ] && command -v nginx >/dev/null && continue
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  command -v npm >/dev/null || missing+=(npm nodejs)
  [ "${#missing[@]}" -eq 0 ] && return
  DEBIAN_FRONTEND=noninteractive apt-get update -q >"$work/apt" 2>&1
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >>"$work/apt" 2>&1 || { tail -n 5 "$work/apt"; return 1; }
}

# free_port: below those that the kernel gives to outgoing connections, one of which could take it.
free_port() {
  /usr/bin/python3 -c 'import random, socket
while True:
    s, port = socket.socket(), random.randrange(16000, 32000)
    try: s.bind(("127.0.0.1", port)); print(port); break
    except OSError: pass'
}
