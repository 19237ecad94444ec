"use strict";
const byId = id => document.getElementById(id), show = (id, text) => { byId(id).textContent = text; };
const kept = 120, rates = [], lows = [], highs = [];
let last = null, tick = 0, timer = 0, files = null, failures = 0;

const short = n => n >= 1e9 ? (n / 1e9).toFixed(2) + " G" : n >= 1e6 ? (n / 1e6).toFixed(2) + " M" : n >= 1e4 ? (n / 1e3).toFixed(1) + " k" : Math.round(n).toLocaleString("en");
const bytes = n => { let i = 0; for (; n >= 1024 && i < 4; i++) n /= 1024; return (i && n < 100 ? n.toFixed(1) : Math.round(n)) + " " + ["B", "KB", "MB", "GB", "TB"][i]; };
const time = ns => ns === null ? "–" : ns < 1e3 ? Math.round(ns) + " ns" : ns < 1e6 ? (ns / 1e3).toFixed(ns < 1e4 ? 1 : 0) + " µs" : ns < 1e9 ? (ns / 1e6).toFixed(ns < 1e7 ? 1 : 0) + " ms" : (ns / 1e9).toFixed(1) + " s";
const span = ms => { const s = Math.floor(ms / 1000), d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60; return d ? d + " d " + h + " h" : h ? h + " h " + m + " min" : m ? m + " min " + s % 60 + " s" : s + " s"; };
const sum = o => Object.values(o).reduce((a, b) => a + b, 0);

// The time that a share of the requests stayed below, from counts per power of two; null without requests.
function quantile(counts, share) {
  const all = counts.reduce((a, b) => a + b, 0);
  if (!all) return null;
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    if (seen + counts[i] >= all * share) {
      const low = i ? 512 * 2 ** i : 0, high = 1024 * 2 ** i;
      return low + (high - low) * (all * share - seen) / counts[i];
    }
    seen += counts[i];
  }
  return null;
}

function make(name, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const k in attributes) e.setAttribute(k, attributes[k]);
  return e;
}

// Lines over the last two minutes; gaps where there is no value. With a base the scale is logarithmic from there, a line each power of ten. Returns the highest value.
function plot(id, lines, base) {
  const most = Math.max(base || 1, ...lines.flat().filter(v => v !== null)), top = most * (base ? 1.5 : 1.08), svg = make("svg", { viewBox: "0 0 119 100", preserveAspectRatio: "none" });
  const place = v => 100 - 100 * (base ? Math.log(Math.max(1, v / base)) / Math.log(top / base) : v / top), marks = base ? [] : [0, top / 2, top];
  for (let mark = base; mark <= top; mark *= 10) marks.push(mark);
  for (const mark of marks) svg.append(make("line", { x1: 0, x2: 119, y1: place(mark), y2: place(mark) }));
  lines.forEach((values, n) => {
    let d = "", open = false, from = 0;
    values.forEach((v, i) => {
      const x = kept - values.length + i;
      if (v === null) { open = false; return; }
      d += (open ? "L" : "M") + x + " " + place(v).toFixed(2);
      if (!open) from = x;
      open = true;
    });
    if (lines.length === 1 && d && !values.includes(null)) svg.append(make("path", { d: d + "L119 100L" + from + " 100Z", class: "area" }));
    svg.append(make("path", { d, class: n ? "two" : "" }));
  });
  byId(id).replaceChildren(svg);
  return most;
}

// A table of texts; a cell may be an element, and numbers go to the right.
function table(id, head, rows, none) {
  const t = byId(id), line = (cells, name) => {
    const tr = document.createElement("tr");
    cells.forEach((c, i) => {
      const e = document.createElement(name);
      if (head && head[i][0] === ">" || !head && i) e.className = "number";
      e.append(c);
      tr.append(e);
    });
    return tr;
  };
  const out = rows.map(r => line(r, "td"));
  if (!rows.length) { const p = document.createElement("caption"); p.className = "soft"; p.style.textAlign = "left"; p.textContent = none; t.replaceChildren(p); return; }
  if (head) out.unshift(line(head.map(h => h.replace(">", "")), "th"));
  t.replaceChildren(...out);
}

function element(name, text, more) {
  const e = document.createElement(name);
  e.textContent = text;
  return Object.assign(e, more);
}

function draw(s) {
  const requests = sum(s.requests);
  if (last && s.uptime > last.uptime) {
    const passed = (s.uptime - last.uptime) / 1000, delta = s.latency.map((c, i) => c - last.latency[i]);
    // This page's own request is one of them.
    const rate = Math.max(0, requests - sum(last.requests) - 1) / passed, p50 = quantile(delta, .5), p99 = quantile(delta, .99);
    rates.push(rate); lows.push(p50); highs.push(p99);
    for (const a of [rates, lows, highs]) if (a.length > kept) a.shift();
    show("rate", short(rate));
    show("p99", time(p99));
    show("p50", "p50 " + time(p50));
    show("rateTop", "top " + short(plot("ratePlot", [rates])));
    show("latencyTop", "top " + time(plot("latencyPlot", [lows, highs], 1000)));
    const cpu = s.cpu.map((c, i) => Math.round((c - last.cpu[i]) / passed / 10) + " %");
    table("about", null, [["Up", span(s.uptime)], ["CPU, event loop", cpu[0]], ["CPU, workers", cpu.slice(1).join(", ")], ["Received", bytes((s.bytesIn - last.bytesIn) / passed) + "/s"],
      ["Sent", bytes((s.bytesOut - last.bytesOut) / passed) + "/s"], ["Jobs waiting", short(s.queued)], ["Worker wake-ups", short((s.wakeups - last.wakeups) / passed) + "/s"], ["Files sent", short(s.filesSent)]]);
    table("connections", ["Protocol", ">Open", ">Requests", ">Per second"], ["cs", "resp", "http", "memcached"].map(p => [p.toUpperCase(), short(s.connections[p]), short(s.requests[p]), short(Math.max(0, s.requests[p] - last.requests[p] - (p === "http")) / passed)]));
  }
  show("total", short(requests) + " in all");
  show("keys", short(s.keys));
  show("hits", s.hits + s.misses ? (100 * s.hits / (s.hits + s.misses)).toFixed(1) + " % hits" : short(s.expiring) + " expiring");
  show("memory", bytes(s.memory));
  show("resident", (s.memoryLimit ? "of " + bytes(s.memoryLimit) + ", " : "") + bytes(s.resident) + " resident");
  show("version", "version " + s.version + " (" + s.commit + ", " + s.architecture + ")");
  const state = byId("state");
  const data = s.data || {}, trouble = s.stopping ? "stopping" : data.loading ? "loading" : data.refused ? "writes are refused" : "";
  state.textContent = trouble || "up";
  state.className = trouble ? "bad" : "good";
  drawData(data);
  drawReplication(s.replication || {});
  table("ring", ["Node", "Address", ">State"], (s.ring || []).map(n => [n.number + (n.self ? " (this)" : ""), n.address, element("span", n.up ? "up" : "down", { className: n.up ? "up" : "down" })]), s.ring ? "This node is alone: no ring was given with --conf." : "Nothing is known of a ring.");
  const transfers = s.transfers || [];
  byId("transferCard").hidden = !transfers.length;
  table("transfers", ["Name", "Progress", ">Done", ">Peers"], transfers.map(t => [t.name, Object.assign(document.createElement("progress"), { max: t.size || 1, value: t.done }), bytes(t.done) + " of " + bytes(t.size), short(t.peers || 0)]));
  if (s.files) files = s.files;
  table("files", ["Name", ">Size", "SHA-256", ">Holders"], (files || []).map(f => [element("a", f.name, { href: f.path }), bytes(f.size), element("code", f.sha256 ? f.sha256.slice(0, 12) + "…" : "–", { title: f.sha256 || "not hashed" }), f.holders === undefined ? "–" : String(f.holders)]), "No files are shared: see --share.");
  last = s;
}

// What is kept on the disk: only with --data.
function drawData(d) {
  byId("dataCard").hidden = !d.directory;
  if (!d.directory) return;
  const share = (n, all) => bytes(n) + " of " + bytes(all), when = t => t ? new Date(1000 * t).toLocaleString("en") : "not since the start";
  const policy = d.fsync === "always" ? "before each reply" : d.fsync === "no" ? "when the kernel does it" : "every " + d.fsync;
  const rows = [["Directory", d.directory], ["To the disk", policy], ["Files of the log", bytes(d.logBytes)]];
  if (d.loading) rows.push(["Loading", share(d.bytesLoaded, d.bytesToLoad)]);
  if (d.position !== undefined) rows.push(["Changes written", share(d.written, d.position)], ["Changes on the disk", share(d.durable, d.position) + (d.sinceSynchronization === undefined ? "" : ", " + span(d.sinceSynchronization) + " ago")]);
  if (d.held) rows.push(["Connections that wait for the disk", short(d.held)]);
  if (d.snapshot) rows.push([d.snapshot === "save" ? "Saving dump.rdb" : "Writing the log anew", short(d.savedKeys) + " of " + short(d.keysToSave) + " keys"]);
  rows.push(["Log written anew", when(d.lastRewrite)], ["dump.rdb saved", when(d.lastSave)]);
  if (d.refused) rows.push(["Now", element("span", d.refused, { className: "down" })]);
  if (d.lastError) rows.push(["Last error", d.lastError]);
  table("data", ["", ""], rows);
}

// Whom the node follows, and who follows it: only where there is somebody.
function drawReplication(r) {
  const replicas = r.replicas || [], state = (up, bad) => element("span", up ? "up" : bad, { className: up ? "up" : "down" });
  byId("replicationCard").hidden = !r.master && !replicas.length;
  const rows = replicas.map(n => ["Replica", n.address, state(n.online, "gets a snapshot"), n.online ? bytes(n.lag) : "–"]);
  if (r.master) rows.unshift(["Master", r.master, state(r.up, "down"), "–"]);
  table("replication", ["Node", "Address", "State", ">Behind"], rows);
}

async function poll() {
  clearTimeout(timer);
  try {
    const answer = await fetch(tick++ % 10 ? "/status.json" : "/status.json?files", { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(answer.status);
    draw(await answer.json());
    failures = 0;
    document.body.classList.remove("stale");
  } catch {
    if (++failures > 1) {
      show("state", "not reachable");
      byId("state").className = "bad";
      document.body.classList.add("stale");
      last = null;
    }
  }
  if (!document.hidden) timer = setTimeout(poll, 1000);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) { last = null; poll(); } });
show("node", location.host);
poll();
