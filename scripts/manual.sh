#!/usr/bin/env bash
# Writes what follows from --help-all: the commands and options in the manual page (packaging/epollsrv.1, between its two
# marks) and the completions for bash and zsh (packaging/epollsrv.bash, packaging/_epollsrv).
# Usage: scripts/manual.sh [--check]    --check changes nothing, and fails with the differences when there are any.
set -euo pipefail
cd "$(dirname "$0")/.."

program=out/epollsrv
[ -x "$program" ] || { echo "manual: $program is missing: run make" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# One line a command or option, its fields separated by tabs:
#   command NAME ARGUMENTS SUMMARY
#   option COMMAND LETTER NAME VALUE TEXT
env -i "$program" help | sed -nE 's/^  ([a-z]+) .*/\1/p' >"$folder/commands"
while read -r command; do
  env -i "$program" "$command" --help-all | awk -v command="$command" -f scripts/manual-options.awk
done <"$folder/commands" >"$folder/options"

awk -F '\t' -f scripts/manual-page.awk "$folder/options" >"$folder/generated"
sed -e '/^\.\\" begin of what scripts\/manual.sh writes$/r '"$folder/generated" \
  -e '/^\.\\" begin of what/,/^\.\\" end of what/{/^\.\\" \(begin\|end\) of what/!d}' packaging/epollsrv.1 >"$folder/epollsrv.1"
awk -F '\t' -f scripts/manual-bash.awk "$folder/options" >"$folder/epollsrv.bash"
awk -F '\t' -f scripts/manual-zsh.awk "$folder/options" >"$folder/_epollsrv"

status=0
for file in epollsrv.1 epollsrv.bash _epollsrv; do
  if [ "${1:-}" = --check ]; then
    diff -u "packaging/$file" "$folder/$file" || status=1
  else
    cmp -s "packaging/$file" "$folder/$file" || cp "$folder/$file" "packaging/$file"
  fi
done
[ "$status" -eq 0 ] || echo "manual: packaging/ is not what --help-all says: run make manual" >&2
exit "$status"
