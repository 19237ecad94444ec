# Sums a callgrind output (--dump-instr=yes): all instructions, and those at the addresses (hexadecimal, one a line) of the first file.
# Callgrind writes addresses of .text as they are in the file, and those of managed code, a section of its own, as they are in memory: base=0x… apart.
function number(text,    value, i) {
  if (text !~ /^0x/) return text + 0
  value = 0
  for (i = 3; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
  return value
}
# The line behind "calls=" is what the callee cost, which stands elsewhere too.
FNR == NR { address = number("0x" $1); atomic[address] = 1; atomic[address + number(base)] = 1; next }
/^calls=/ { skip = 1; next }
/^(0x|\+|-|\*)/ {
  place = $1
  if (place ~ /^0x/) address = number(place)
  else if (place ~ /^\+/) address += number(substr(place, 2))
  else if (place ~ /^-/) address -= number(substr(place, 2))
  if (skip) { skip = 0; next }
  total += $NF
  if (address in atomic) atomics += $NF
}
END { printf "%d %d\n", total, atomics }
