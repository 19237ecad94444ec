# An SVG of grouped bars: requests per second of several servers, as a multiple of one of them, for several cases.
# Input: lines "CASE SERVER REQUESTS_PER_SECOND". Variables: title, base (the server that is 1), cases and labels (words), servers (words).
# POSIX awk.

{ rate[$1, $2] = $3 }

function escaped(text) {
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  return text
}

function text(x, y, anchor, size, what) {
  printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>\n", x, y, anchor, size, escaped(what)
}

END {
  n_cases = split(cases, case_name, " ")
  n_labels = split(labels, label, " ")
  n_servers = split(servers, server, " ")
  split("#2563eb #9ca3af #f59e0b #10b981 #d1d5db #8b5cf6", color, " ")
  top = 1
  for (i = 1; i <= n_cases; i++) for (j = 1; j <= n_servers; j++) {
    if (!rate[case_name[i], base]) continue
    value[i, j] = rate[case_name[i], server[j]] / rate[case_name[i], base]
    if (value[i, j] > top) top = value[i, j]
    any = any || value[i, j] > 0
  }
  if (!any) exit 3
  bar = 26; gap = 30; left = 50; bottom = 250; height = 190
  width = left + n_cases * (n_servers * bar + gap) + 20
  if (width < 520) width = 520
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d 310\" width=\"%d\" font-family=\"sans-serif\" fill=\"#111827\">\n", width, width
  print "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
  text(left, 22, "start", 15, title)
  step = top > 12 ? 4 : top > 6 ? 2 : top > 2.5 ? 1 : 0.5
  for (y = 0; y <= top * 1.001; y += step) {
    printf "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>\n", left, bottom - y / top * height, width - 10, bottom - y / top * height, y == 1 ? "#6b7280" : "#e5e7eb"
    text(left - 6, bottom - y / top * height + 4, "end", 11, y)
  }
  for (i = 1; i <= n_cases; i++) {
    start = left + gap / 2 + (i - 1) * (n_servers * bar + gap)
    for (j = 1; j <= n_servers; j++) {
      if (value[i, j] == "" || value[i, j] == 0) continue
      h = value[i, j] / top * height
      printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\"><title>%s, %s: %.0f requests/s</title></rect>\n", start + (j - 1) * bar, bottom - h, bar - 3, h, color[j], server[j], label[i], rate[case_name[i], server[j]]
      text(start + (j - 0.5) * bar - 1.5, bottom - h - 3, "middle", 9, sprintf("%.2f", value[i, j]))
    }
    name = label[i]
    gsub(/_/, " ", name)
    text(start + n_servers * bar / 2, bottom + 16, "middle", 12, name)
  }
  x = left
  for (j = 1; j <= n_servers; j++) {
    printf "<rect x=\"%.1f\" y=\"280\" width=\"11\" height=\"11\" fill=\"%s\"/>\n", x, color[j]
    text(x + 15, 290, "start", 11, server[j])
    x += 28 + 7.2 * length(server[j])
  }
  print "</svg>"
}
