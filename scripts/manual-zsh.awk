# The completion for zsh: see manual.sh.
function quoted(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/\[/, "\\\\[", text)
  gsub(/\]/, "\\\\]", text)
  gsub(/:/, "\\\\:", text)
  gsub(/'/, "'\\''", text)
  return text
}

# What completes a value.
function action(value) {
  if (value ~ /FILE/) { return "_files" }
  if (value ~ /DIR/) { return "_files -/" }
  if (value ~ /COMMAND/) { return "(" names ")" }
  if (value ~ /\|/) { gsub(/\|/, " ", value); return "(" value ")" }
  return " "
}

$1 == "command" {
  order[++count] = $2
  names = names (count == 1 ? "" : " ") $2
  summary[$2] = $4
  sub(/\. .*/, ".", summary[$2])
  arguments[$2] = $3
}
$1 == "option" {
  value = $5 == "" ? "" : ":" quoted($5 ~ /\|/ ? "word" : $5) ":" action($5)
  text = "[" quoted($6) "]" value "'"
  more = "      '" ($3 == "" ? "" : "(-" $3 ")") "--" $4 ($5 == "" ? "" : "=") text " \\\n"
  if ($3 != "") { more = more "      '(--" $4 ")-" $3 ($5 == "" ? "" : "+") text " \\\n" }
  options[$2] = options[$2] more
}
END {
  print "#compdef epollsrv"
  print "# Completion of epollsrv for zsh. Written by scripts/manual.sh from --help-all; do not edit."
  print ""
  print "_epollsrv() {"
  print "  local -a commands"
  print "  commands=("
  for (i = 1; i <= count; i++) { print "    '" order[i] ":" quoted(summary[order[i]]) "'" }
  print "  )"
  print "  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then"
  print "    _describe command commands"
  print "    return"
  print "  fi"
  print "  # Options without a command are those of serve."
  print "  local command=$words[2]"
  print "  if [[ $command == -* ]]; then"
  print "    command=serve"
  print "  else"
  print "    shift words"
  print "    ((CURRENT--))"
  print "  fi"
  print "  case $command in"
  for (i = 1; i <= count; i++) {
    print "    " order[i] ") _arguments \\"
    printf "%s", options[order[i]]
    print "      '--help[the help on a screen]' \\"
    if (arguments[order[i]] != "") {
      print "      '--help-all[every option with its explanation]' \\"
      print "      '*:" quoted(arguments[order[i]]) ":" action(arguments[order[i]]) "' ;;"
    } else {
      print "      '--help-all[every option with its explanation]' ;;"
    }
  }
  print "  esac"
  print "}"
  print ""
  print "_epollsrv \"$@\""
}
