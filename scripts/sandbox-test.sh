#!/usr/bin/env bash
# Compares Native/Sandbox/calls.h with the system calls that confined nodes make in tests, and with the numbers of arm64.
# That no call is missing is shown by all tests: a node that makes another one is ended. Here: no call is in the list without need.
# Debian packages: strace gcc gcc-aarch64-linux-gnu
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. scripts/checks.sh

# check NAME: what stands on standard input is wrong.
check() {
  cat >"$work/wrong"
  [ ! -s "$work/wrong" ] && verdict "$1" 0 || verdict "$1" 1 "$work/wrong"
}

# list COMPILER: the calls of an architecture: kind, name, number.
list() {
  local kind definitions=()
  for kind in CALL UNSEEN UNSEEN_EQUAL UNSEEN_OPTION THREAD OWN REFUSED INTERNET EQUAL WITHOUT; do
    definitions+=("-D$kind(name, ...)=call $kind name : __NR_##name")
  done
  # The name is not replaced by its number: it stands beside ":" only.
  "$1" -E -P -include asm/unistd.h "${definitions[@]}" Native/Sandbox/calls.h | grep -o 'call [A-Z_]* [a-z0-9_]* : [0-9]*' | awk '{ print $2, $3, $5 }'
}

mkdir "$work/traces"
check 'the tests pass while they are traced' < <(TEST_TRACE=$work/traces scripts/test.sh FullyQualifiedName~SandboxCallTests >"$work/log" 2>&1 || tail -n 40 "$work/log")

# What a node does after its filter is installed. The calls of each request are not traced: they are made.
{
  awk 'FNR == 1 { confined = 0 } /seccomp\(SECCOMP_SET_MODE_FILTER/ { confined = 1; next } confined && match($2, /^[a-z0-9_]+\(/) { print substr($2, 1, RLENGTH - 1) }' \
    "$work"/traces/* | sort -u
  tr ',' '\n' < <(sed -nE 's/.*"trace=!([a-z0-9_,]+)".*/\1/p' Tests/Integration/PublishedNode.cs)
} | sort -u >"$work/made"
list gcc >"$work/listed"
echo "$(wc -l <"$work/listed") calls in the list, $(wc -l <"$work/made") made"
check 'each call of the list is made by a test' < <(awk '$1 !~ /UNSEEN|OWN|REFUSED/ { print $2 }' "$work/listed" | sort | comm -23 - "$work/made")
check 'each call that is made is in the list' < <(awk '{ print $2 }' "$work/listed" | sort | comm -13 - "$work/made")

# The kernel's table for new architectures, by name.
if ! command -v aarch64-linux-gnu-gcc >/dev/null; then
  echo "COULD NOT RUN HERE: the numbers of arm64: aarch64-linux-gnu-gcc is not installed"
else
  table=$(aarch64-linux-gnu-gcc -print-sysroot 2>/dev/null)/usr/aarch64-linux-gnu/include/asm-generic/unistd.h
  [ -e "$table" ] || table=/usr/include/asm-generic/unistd.h
  list aarch64-linux-gnu-gcc | awk '{ print $2, $3 }' | sort >"$work/arm"
  sed -nE 's/^#define __NR(3264)?_([a-z0-9_]+) ([0-9]+).*/\2 \3/p' "$table" | sed 's/^fstatat /newfstatat /' | sort >"$work/table"
  check "the $(wc -l <"$work/arm") numbers of arm64 are those of asm-generic/unistd.h" < <(comm -23 "$work/arm" "$work/table" | tr ' ' '=')
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
