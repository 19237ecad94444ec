# The completion for bash: see manual.sh.
$1 == "command" {
  commands = commands " " $2
  order[++count] = $2
  arguments[$2] = $3
  options[$2] = "--help --help-all"
}
$1 == "option" {
  options[$2] = options[$2] " --" $4 ($3 == "" ? "" : " -" $3)
  if ($5 == "") { next }
  kind = $5 ~ /\|/ ? "words" : $5 == "FILE" ? "files" : $5 == "DIR" ? "folders" : "other"
  pattern = $2 ":--" $4 ($3 == "" ? "" : " | " $2 ":-" $3)
  if (kind == "words") {
    gsub(/\|/, " ", $5)
    choices = choices "    " pattern ") _epollsrv_words \"" $5 "\"; return ;;\n"
  } else {
    patterns[kind] = patterns[kind] (patterns[kind] == "" ? "" : " | ") pattern
  }
}
END {
  print "# Completion of epollsrv for bash. Written by scripts/manual.sh from --help-all; do not edit."
  print "# shellcheck shell=bash"
  print ""
  print "_epollsrv_words() {"
  print "  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")"
  print "}"
  print ""
  print "_epollsrv_files() {"
  print "  compopt -o filenames"
  print "  mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")"
  print "}"
  print ""
  print "_epollsrv() {"
  print "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}"
  print "  COMPREPLY=()"
  print "  # --name=value is three words here."
  print "  if [ \"$current\" = = ]; then"
  print "    current="
  print "  elif [ \"$previous\" = = ]; then"
  print "    previous=${COMP_WORDS[COMP_CWORD - 2]}"
  print "  fi"
  print "  if [ \"$COMP_CWORD\" -eq 1 ] && [[ $current != -* ]]; then"
  print "    _epollsrv_words \"" substr(commands, 2) "\""
  print "    return"
  print "  fi"
  print "  # Options without a command are those of serve."
  print "  [[ $command != -* ]] || command=serve"
  print "  case $command:$previous in"
  printf "%s", choices
  print "    " patterns["files"] ") _epollsrv_files -f; return ;;"
  print "    " patterns["folders"] ") _epollsrv_files -d; return ;;"
  print "    " patterns["other"] ") return ;;"
  print "  esac"
  print "  case $command:$current in"
  for (i = 1; i <= count; i++) { print "    " order[i] ":-*) _epollsrv_words \"" options[order[i]] "\" ;;" }
  for (i = 1; i <= count; i++) {
    if (arguments[order[i]] ~ /COMMAND/) { print "    " order[i] ":*) _epollsrv_words \"" substr(commands, 2) "\" ;;" }
    else if (arguments[order[i]] ~ /FILE/) { print "    " order[i] ":*) _epollsrv_files -f ;;" }
    else if (arguments[order[i]] ~ /DIR/) { print "    " order[i] ":*) _epollsrv_files -d ;;" }
  }
  print "  esac"
  print "}"
  print ""
  print "complete -F _epollsrv epollsrv"
}
