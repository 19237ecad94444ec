// The last ten minutes as /history.json tells them, a list of numbers for each name.
const past = { interval: 2000, end: 0 };
const protocols = ["cs", "resp", "http", "memcached"];
let last = null, timer = 0, failures = 0, filesDue = 0;

const column = (name, of) => () => (past[name] || []).map(of || (v => v)), perSecond = v => v * 1000 / past.interval;
const rates = { text: v => short(v) + "/s", least: 1 }, times = { text: time, mark: time, log: true, least: 1e4 };
const volume = { text: v => bytes(v) + "/s", mark: v => bytes(v) + "/s", least: 1024, binary: true };
const charts = [
  chart("Requests per second", [["answered", column("requests", perSecond)]], { ...rates, mark: v => short(v) + " requests/s" }),
  chart("Latency", [["p50", column("p50")], ["p99", column("p99")]], times),
  chart("Errors per second", [["errors", column("errors", perSecond)], ["refused connections", column("refused", perSecond)], ["wrong passwords", column("wrongPasswords", perSecond)]],
    { ...rates, mark: v => short(v) + " a second" }),
  chart("Traffic", [["received", column("bytesIn", perSecond)], ["sent", column("bytesOut", perSecond)]], volume),
  chart("Memory of keys and values", [["used", column("memory")]], { text: bytes, mark: bytes, least: 1024, binary: true }),
  chart("Keys evicted per second", [["evicted", column("evicted", perSecond)]], { ...rates, mark: v => short(v) + " keys/s" }),
  chart("Connections", [["open", column("connections")]], { text: short, mark: v => short(v) + " connections", least: 4 }),
  chart("CPU", [["used", column("cpu", v => v / past.interval / 1000)]], { text: v => digits(100 * v) + " %", mark: v => digits(100 * v) + " %", least: .1 }),
];

const named = { name: "Name", free: true, of: f => f.name };
const ring = list("ring", "node", [{ name: "Number", of: n => n.number, cell: n => n.number + (n.self ? " (this)" : "") }, { name: "Address", of: n => n.address },
  { name: "State", of: n => n.up ? "up" : "down", cell: n => state(n.up, "down") }], "This node is alone: no ring was given with --conf.");
const replication = list("replication", "node", [{ name: "Node", of: n => n.role }, { name: "Address", of: n => n.address }, { name: "State", of: n => n.up ? "up" : n.bad, cell: n => state(n.up, n.bad) },
  { name: "Behind", number: true, of: n => n.lag ?? -1, cell: n => n.lag === undefined ? "–" : bytes(n.lag) }], "");
const transfers = list("transfers", "transfer", [named, { name: "Progress", of: t => t.done / (t.size || 1), cell: t => ({ tag: "progress", max: t.size || 1, value: t.done, ariaLabel: t.name }) },
  { name: "Sent", number: true, of: t => t.done, cell: t => bytes(t.done) + " of " + bytes(t.size) }], "");
const registrations = list("registrations", "name", [named, { name: "Holders", free: true, of: r => r.holders.join(", ") }, { name: "Number", number: true, of: r => r.count }], "");
const files = list("files", "file", [{ ...named, cell: f => ({ tag: "a", href: f.path, textContent: f.name }) }, { name: "Size", number: true, of: f => f.size, cell: f => bytes(f.size) },
  { name: "SHA-256", of: f => f.sha256 || "", cell: f => ({ tag: "code", textContent: f.sha256 ? f.sha256.slice(0, 12) + "…" : "–", title: f.sha256 || "not hashed" }) },
  { name: "Holders", number: true, of: f => f.holders ?? -1, cell: f => f.holders === undefined ? "–" : String(f.holders) }], "No files are shared: see --share.");

function badge(id, text, good) {
  const e = byId(id);
  e.hidden = !text;
  show(e, text);
  e.classList.toggle("good", good);
  e.classList.toggle("bad", !good);
}

const tile = (id, big, small) => { show(byId(id), big); show(byId(id + "More"), small); };

function draw(s) {
  charts.forEach(update => update());
  const now = name => (past[name] || []).at(-1) ?? 0, tenMinutes = name => sum(past[name] || []), trouble = tenMinutes("errors") + tenMinutes("refused") + tenMinutes("wrongPasswords");
  const data = s.data || {}, nodes = s.ring || [], up = nodes.filter(n => n.up).length, replicas = s.replication.replicas, following = s.replication.role === "replica";
  const troubled = s.stopping ? "stopping" : data.loading ? "loading" : data.refused ? "writes are refused" : "";
  badge("state", troubled || "up", !troubled);
  badge("ringState", nodes.length && "ring: " + (up === nodes.length ? "all " + count(up, "node") + " up" : up + " of " + count(nodes.length, "node") + " up"), up === nodes.length);
  badge("replicationState", following ? s.replication.up ? "replica, link up" : "replica, link down" : replicas.length ? count(replicas.length, "replica") : "", following ? !!s.replication.up : replicas.every(r => r.online));
  show(byId("version"), "version " + s.version + " (" + s.commit + ", " + s.architecture + "), up " + span(s.uptime));
  tile("rate", short(perSecond(now("requests"))), short(sum(s.requests)) + " since the start");
  tile("p99", time(now("p99")), "p50 " + time(now("p50")));
  tile("errors", short(trouble), tenMinutes("refused") + " refused, " + tenMinutes("wrongPasswords") + " wrong passwords");
  byId("errors").classList.toggle("down", trouble > 0);
  tile("open", short(sum(s.connections)), "of at most " + grouped(s.maxClients));
  tile("keys", short(s.keys), (s.hits + s.misses ? (100 * s.hits / (s.hits + s.misses)).toFixed(1) + " % hits, " : "") + short(s.evicted) + " evicted");
  tile("memory", bytes(s.memory), (s.memoryLimit ? "of " + bytes(s.memoryLimit) + ", " : "") + bytes(s.resident) + " resident");
  drawNode(s);
  drawData(data);
  const nodesOf = replicas.map(r => ({ role: "Replica", address: r.address, up: r.online, bad: "gets a snapshot", lag: r.online ? r.lag : undefined }));
  if (s.replication.master) nodesOf.unshift({ role: "Master", address: s.replication.master, up: s.replication.up, bad: "down" });
  byId("replication").hidden = !nodesOf.length;
  replication(nodesOf);
  byId("ring").hidden = !s.ring;
  ring(nodes);
  byId("transfers").hidden = !(s.transfers || []).length;
  transfers(s.transfers || []);
  byId("registrations").hidden = !s.registered;
  show(byId("registered"), s.registered > s.registrations.length ? "the first " + s.registrations.length + " of " + count(s.registered, "name") : "");
  registrations(s.registrations);
  if (s.files) files(s.files);
  last = s;
}

function drawNode(s) {
  const passed = last ? (s.uptime - last.uptime) / 1000 : 0, rate = (now, before) => passed > 0 ? short(Math.max(0, now - before) / passed) : "–";
  fill(byId("protocols"), protocols.map(p => [p === "memcached" ? p : p.toUpperCase(), short(s.connections[p]), short(s.requests[p]), rate(s.requests[p], last && last.requests[p]), short(s.errors[p])]));
  const cpu = s.cpu.map((c, i) => passed > 0 ? Math.round((c - last.cpu[i]) / passed / 10) + " %" : "–");
  facts("node", [["CPU, event loop", cpu[0]], ["CPU, workers", cpu.slice(1).join(", ")], ["Jobs waiting", short(s.queued)], ["Worker wake-ups", rate(s.wakeups, last && last.wakeups) + "/s"],
    ["Keys with a time to live", short(s.expiring)], ["Files sent", short(s.filesSent)]]);
  facts("counts", [["Connections accepted", short(s.accepted)], ["Connections refused: too many", short(s.refused)], ["Connections that timed out", short(s.timedOut)], ["Connections reset or broken", short(s.reset + s.aborted)],
    ["Malformed requests", short(s.malformed)], ["Wrong passwords", short(s.wrongPasswords)], ["Keys evicted", short(s.evicted)], ["Keys expired", short(s.expired)]]);
  const m = s.memcached, least = Math.min(...s.partitions), most = Math.max(...s.partitions), bars = byId("bars");
  byId("memcached").hidden = !m;
  if (m) facts("items", [["Keys asked for", short(m.gets) + (m.gets ? ", " + (100 * m.getHits / m.gets).toFixed(1) + " % found" : "")], ["Items to store", short(m.sets)], ["Deleted, touched, counted", short(m.deletes) + ", " + short(m.touches) + ", " + short(m.arithmetic)],
    ["Meta commands", short(m.meta)], ["Items too large, or without memory", short(m.tooLarge) + ", " + short(m.noMemory)], ["Flushes", short(m.flushes)]]);
  show(byId("spread"), s.partitions.length + " partitions, " + (least === most ? count(most, "key") : grouped(least) + " to " + count(most, "key")) + " each");
  bars.hidden = !most;
  while (bars.children.length < s.partitions.length) bars.append(make("i"));
  s.partitions.forEach((keys, i) => { bars.children[i].style.height = most ? 100 * keys / most + "%" : "0"; });
}

// What is kept on the disk: only with --data.
function drawData(d) {
  byId("data").hidden = !d.directory;
  if (!d.directory) return;
  const share = (n, all) => bytes(n) + " of " + bytes(all), when = t => t ? new Date(1000 * t).toLocaleString("en") : "not since the start";
  const policy = d.fsync === "always" ? "before each reply" : d.fsync === "no" ? "when the kernel does it" : "every " + d.fsync;
  const rows = [["Directory", d.directory], ["To the disk", policy], ["Files of the log", bytes(d.logBytes)]];
  if (d.loading) rows.push(["Loading", share(d.bytesLoaded, d.bytesToLoad)]);
  if (d.position !== undefined) rows.push(["Changes written", share(d.written, d.position)], ["Changes on the disk", share(d.durable, d.position) + (d.sinceSynchronization === undefined ? "" : ", " + span(d.sinceSynchronization) + " ago")]);
  if (d.held) rows.push(["Connections that wait for the disk", short(d.held)]);
  if (d.snapshot) rows.push([d.snapshot === "save" ? "Saving dump.rdb" : "Writing the log anew", short(d.savedKeys) + " of " + short(d.keysToSave) + " keys"]);
  rows.push(["Log written anew", when(d.lastRewrite)], ["dump.rdb saved", when(d.lastSave)]);
  if (d.refused) rows.push(["Now", { tag: "span", className: "down", textContent: d.refused }]);
  if (d.lastError) rows.push(["Last error", d.lastError]);
  facts("journal", rows);
}

async function get(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(30000) });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function poll() {
  clearTimeout(timer);
  try {
    // A long list of files is asked for seldom.
    const began = Date.now(), wanted = began >= filesDue, s = await get(wanted ? "/status.json?files" : "/status.json");
    if (wanted) filesDue = Date.now() + Math.max(10000, 20 * (Date.now() - began));
    if (last && s.uptime < last.uptime) { last = null; past.end = 0; }
    const { interval, first, end, ...columns } = await get("/history.json?after=" + past.end);
    for (const name in columns) past[name] = (first && first === past.end ? past[name] : []).concat(columns[name]).slice(-300);
    Object.assign(past, { interval, end });
    draw(s);
    failures = 0;
    document.body.classList.remove("stale");
  } catch (e) {
    // What is no failure of the network is one of this script.
    if (!(e.message === "Failed to fetch" || e.name === "TimeoutError")) console.error(e);
    if (++failures > 1) {
      badge("state", "not reachable", false);
      document.body.classList.add("stale");
    }
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(poll, failures === 0 && past.end < 2 ? 1000 : 2000);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
show(byId("host"), location.host);
poll();
