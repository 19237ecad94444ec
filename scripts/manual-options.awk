# The output of `epollsrv COMMAND --help-all` as lines of fields: see manual.sh. Needs -v command=NAME.
BEGIN { OFS = "\t" }

function flush_option() {
  if (name != "") { print "option", command, letter, name, value, text }
  name = ""
}

NR == 1 {
  arguments = $0
  sub(/^Usage: epollsrv [a-z]+ ?/, "", arguments)
  sub(/ ?\[OPTION\.\.\.\]$/, "", arguments)
  part = "summary"
  next
}
part == "summary" && $0 != "" { summary = summary (summary == "" ? "" : " ") $0; next }
part == "summary" { print "command", command, arguments, summary; written = 1; part = "options"; next }
part == "options" && $0 == "" { flush_option(); part = "end"; next }
part == "options" && /^  -/ {
  flush_option()
  line = substr($0, 3)
  letter = ""
  if (line ~ /^-[a-z], /) { letter = substr(line, 2, 1); line = substr(line, 5) }
  text = ""
  if (match(line, /  +/)) { text = substr(line, RSTART + RLENGTH); line = substr(line, 1, RSTART - 1) }
  name = line
  sub(/ .*/, "", name)
  value = substr(line, length(name) + 2)
  name = substr(name, 3)
  next
}
part == "options" { sub(/^ +/, ""); text = text (text == "" ? "" : " ") $0 }
END {
  flush_option()
  if (!written) { print "command", command, arguments, summary }
}
