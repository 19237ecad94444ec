# The commands and options as a part of the manual page, in mdoc: see manual.sh.
function escape(text) {
  gsub(/\\/, "\\e", text)
  gsub(/--/, "\\-\\-", text)
  return text ~ /^[.']/ ? "\\\&" text : text
}

# A sentence a line, as mdoc wants it.
function sentences(text) {
  text = escape(text)
  gsub(/\. /, ".\n", text)
  return text
}

# The argument of a macro: words that are macros themselves would be called.
function argument(text) {
  return text ~ /^[A-Z][a-z]$/ ? "\\\&" text : text
}

function arguments_of(text,   words, count, i, result) {
  count = split(text, words, " ")
  for (i = 1; i <= count; i++) {
    result = result (words[i] ~ /^\[/ ? " Op Ar " argument(substr(words[i], 2, length(words[i]) - 2)) : " Ar " argument(words[i]))
  }
  return result
}

function end_list() {
  if (open) { print ".El" }
  open = 0
}

$1 == "command" {
  end_list()
  print ".Ss " $2
  print ".Nm Cm " $2 arguments_of($3) ($2 ~ /^(help|version)$/ ? "" : " Op Ar option ...")
  print ".Pp"
  print sentences($4)
}
$1 == "option" {
  gsub(/\|/, " | ", $5)
  if (!open) { print ".Bl -tag -width Ds"; open = 1 }
  print ".It " ($3 == "" ? "" : "Fl " $3 " , ") "Fl -" $4 ($5 == "" ? "" : " Ar " argument($5))
  print sentences($6)
}
END { end_list() }
