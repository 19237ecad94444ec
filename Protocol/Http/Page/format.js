"use strict";
// Numbers as a person reads them.
const grouped = n => Math.round(n).toLocaleString("en");
const rounded = (n, places) => String(+n.toFixed(places));
const short = n => n >= 1e9 ? rounded(n / 1e9, 2) + " G" : n >= 1e6 ? rounded(n / 1e6, 2) + " M" : n >= 1e4 ? rounded(n / 1e3, 1) + " k" : n < 10 ? rounded(n, 1) : grouped(n);
const bytes = n => {
  let i = 0;
  for (; n >= 1024 && i < 4; i++) n /= 1024;
  return rounded(n, i && n < 100 ? 1 : 0) + " " + ["bytes", "KB", "MB", "GB", "TB"][i];
};
const time = ns => !ns ? "–" : ns < 1e3 ? Math.round(ns) + " ns" : ns < 1e6 ? digits(ns / 1e3) + " µs" : ns < 1e9 ? digits(ns / 1e6) + " ms" : digits(ns / 1e9) + " s";
const digits = n => rounded(n, n < 10 ? 1 : 0);
const span = ms => {
  const s = Math.floor(ms / 1000), d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  return d ? d + " d " + h + " h" : h ? h + " h " + m + " min" : m ? m + " min " + s % 60 + " s" : s + " s";
};
const count = (n, noun) => grouped(n) + " " + noun + (n === 1 ? "" : "s");
const sum = values => Object.values(values).reduce((a, b) => a + b, 0);
