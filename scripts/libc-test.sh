#!/usr/bin/env bash
# Compares the small C library functions of the static program (Native/Libc) with glibc's own, and tries a static program with them.
# Then compares the checksum in C with one made bit by bit.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

compile() { # NAME OBJECT
  gcc -c -std=gnu11 -Os -ffreestanding -ffunction-sections -fno-tree-loop-distribute-patterns -Wall -Wextra -Werror "Native/Libc/$1.c" -o "$2"
}

objects=()
for name in scan strings wide printf; do
  compile "$name" "$folder/$name.o"
  case $name in
    printf) objcopy --redefine-sym __vfprintf_internal=own_vfprintf_internal "$folder/$name.o" ;; # what it calls is glibc's
    *) objcopy --prefix-symbols=own_ "$folder/$name.o" ;;
  esac
  objects+=("$folder/$name.o")
done
gcc -std=gnu11 -O0 -fno-builtin -w Tests/Native/libc_test.c "${objects[@]}" -o "$folder/test"
"$folder/test"

objects=()
for name in loading messages names printf scan strings wide; do
  compile "$name" "$folder/$name.o"
  objects+=("$folder/$name.o")
done
# The linker warns of getaddrinfo in a static program: docs/BUILDING.md.
gcc -static -std=gnu11 -O0 -fno-builtin -w Tests/Native/static_test.c "${objects[@]}" -o "$folder/static" 2>"$folder/log" || { cat "$folder/log" >&2; exit 1; }
"$folder/static" "$folder/text"

gcc -std=gnu11 -O2 -Wall -Wextra -Werror Tests/Native/crc64_test.c Native/Crc64/crc64_x86.c -o "$folder/crc64"
"$folder/crc64"
