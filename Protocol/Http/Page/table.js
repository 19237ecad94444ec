// Shows rows in a part of a table. What has not changed is not touched. A cell is a text, or an element's tag and properties.
function fill(part, rows, columns) {
  while (part.rows.length > rows.length) part.deleteRow(-1);
  rows.forEach((cells, i) => {
    const row = part.rows[i] || part.insertRow();
    while (row.cells.length > cells.length) row.deleteCell(-1);
    cells.forEach((cell, j) => {
      const e = row.cells[j] || row.appendChild(make("td", { className: columns ? columns[j].number ? "number" : "" : j ? "number" : "" })), shown = JSON.stringify(cell);
      if (e.shown === shown) return;
      e.shown = shown;
      const { tag, ...properties } = cell, text = tag ? properties.textContent || "" : cell;
      // A long text may be broken anywhere, others only between words.
      e.classList.toggle("long", text.length > 24 || !!(columns && columns[j].free));
      e.replaceChildren(tag ? make(tag, properties) : cell);
    });
  });
}

// Pairs of a name and a value.
const facts = (id, rows) => fill(byId(id), rows);

const state = (up, bad) => ({ tag: "span", className: up ? "up" : "down", textContent: up ? "up" : bad });
const collator = new Intl.Collator("en", { numeric: true });

// A table of any number of rows, of which it shows a page: sorted by a column, searched. A column: its name, the value that it is sorted
// by, the cell (without it: the value), whether it is shown as a number, whether its text may be broken anywhere. Returns what sets the rows.
function list(id, noun, columns, none) {
  const most = 15, section = byId(id), body = make("tbody"), range = make("span", { className: "soft", role: "status" });
  const search = make("input", { type: "search", placeholder: "Search", ariaLabel: "Search " + noun + "s" });
  const back = make("button", { type: "button" }, "Previous"), next = make("button", { type: "button" }, "Next");
  const tools = make("div", { className: "row tools" }, search, make("div", { className: "pager" }, range, back, next)), empty = make("p", { className: "soft" }, none);
  let rows = [], by = 0, down = false, from = 0;
  const heads = columns.map((column, i) => {
    const button = make("button", { type: "button" }, column.name);
    button.addEventListener("click", () => { down = by === i && !down; by = i; from = 0; draw(); });
    return make("th", { scope: "col", className: column.number ? "number" : "" }, button);
  });
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
  section.append(tools, table, empty);
  search.addEventListener("input", () => { from = 0; draw(); });
  back.addEventListener("click", () => { from -= most; draw(); });
  next.addEventListener("click", () => { from += most; draw(); });

  function draw() {
    const word = search.value.trim().toLowerCase(), of = columns[by].of;
    const found = rows.filter(row => !word || columns.some(column => String(column.of(row)).toLowerCase().includes(word)));
    found.sort((a, b) => (down ? -1 : 1) * (typeof of(a) === "number" ? of(a) - of(b) : collator.compare(of(a), of(b))));
    from = Math.max(0, Math.min(from, found.length - 1 - (found.length - 1) % most));
    fill(body, found.slice(from, from + most).map(row => columns.map(column => column.cell ? column.cell(row) : String(column.of(row)))), columns);
    heads.forEach((e, i) => set(e, { "aria-sort": i !== by ? "none" : down ? "descending" : "ascending" }));
    tools.hidden = rows.length <= most;
    table.hidden = !rows.length;
    empty.hidden = rows.length > 0;
    show(range, found.length ? grouped(from + 1) + "–" + grouped(Math.min(from + most, found.length)) + " of " + count(found.length, noun) : "none found");
    back.disabled = !from;
    next.disabled = from + most >= found.length;
  }

  draw();
  return now => { rows = now; draw(); };
}
