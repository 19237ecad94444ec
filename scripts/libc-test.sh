#!/usr/bin/env bash
# Compares the small C library functions of the static program (Native/Libc) with glibc's own.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
objects=()
for name in scan strings; do
  gcc -c -std=gnu11 -Os -ffreestanding -fno-tree-loop-distribute-patterns -Wall -Wextra -Werror "Native/Libc/$name.c" -o "$folder/$name.o"
  objcopy --prefix-symbols=own_ "$folder/$name.o"
  objects+=("$folder/$name.o")
done
gcc -std=gnu11 -O0 -fno-builtin -w Tests/Native/libc_test.c "${objects[@]}" -o "$folder/test"
"$folder/test"
