const byId = id => document.getElementById(id);

// An element with properties and children.
function make(tag, properties, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

function drawing(tag, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(e, attributes);
  return e;
}

// Attributes that are as they should be are not touched.
function set(e, attributes) {
  for (const name in attributes) if (e.getAttribute(name) !== String(attributes[name])) e.setAttribute(name, attributes[name]);
}

// What is there already is not touched.
function show(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

// The values beside which a chart has its lines: 0, and up to four more that are easy to read.
function linear(most, unit) {
  const power = 10 ** Math.floor(Math.log10(most / unit / 3)), step = unit * power * [1, 2, 5, 10].find(n => n * power * unit * 3.001 >= most), marks = [0];
  while (marks.at(-1) < most * .999) marks.push(marks.at(-1) + step);
  return marks;
}

function logarithmic(most, least) {
  const marks = [least];
  while (marks.at(-1) < most) marks.push(marks.at(-1) * 10);
  return marks;
}

// A chart of the last ten minutes. Its lines: a name, and the value of an interval. Options: text of a value, text of a mark, the least
// value at its top, whether it is logarithmic, whether values are multiples of 1024.
function chart(title, lines, options) {
  const svg = drawing("svg", { viewBox: "0 0 299 100", preserveAspectRatio: "none", role: "img" }), area = lines.length === 1 ? drawing("path", { class: "area" }) : "";
  const cursor = drawing("line", { y1: 0, y2: 100, class: "cursor" }), grid = drawing("g"), paths = lines.map((_, n) => drawing("path", { class: "line" + n }));
  const values = lines.map(() => make("b")), middle = make("span");
  const legend = make("p", { className: "legend" }, ...lines.map(([name], n) => make("span", { className: "key line" + n }, name + " ", values[n])));
  const labels = make("div", { className: "labels", ariaHidden: "true" }), plot = make("div", { className: "plot", tabIndex: 0 }, svg, labels);
  svg.append(grid, area, ...paths, cursor);
  byId("charts").append(make("section", { className: "chart" }, make("h2", {}, title), legend, plot, make("div", { className: "scale" },
    make("span", {}, "10 minutes ago"), middle, make("span", {}, "now"))));
  let data = [], marked = "", at = null;

  function tell() {
    const length = data[0].length, i = at === null ? length - 1 : Math.min(length - 1, Math.max(0, at - 300 + length));
    values.forEach((e, n) => show(e, length ? options.text(data[n][i] ?? 0) : "–"));
    show(middle, at === null || !length ? "5 minutes ago" : "values of " + span((length - 1 - i) * past.interval) + " ago");
    set(cursor, { x1: at ?? 0, x2: at ?? 0, visibility: at === null ? "hidden" : "visible" });
  }

  function draw() {
    data = lines.map(([, of]) => of());
    const most = Math.max(options.least, ...data.flat()), marks = options.log ? logarithmic(most, 1e3) : linear(most, options.binary ? 1024 ** Math.floor(Math.log(most) / Math.log(1024)) : 1);
    const top = marks.at(-1), place = v => options.log ? 100 - 100 * Math.log(Math.max(1, v / 1e3)) / Math.log(top / 1e3) : 100 - 100 * v / top;
    if (marked !== (marked = marks.join())) {
      grid.replaceChildren(...marks.map(v => drawing("line", { x1: 0, x2: 299, y1: place(v), y2: place(v) })));
      labels.replaceChildren(...marks.slice(options.log ? 0 : 1).map(v => {
        const e = make("span", {}, options.mark(v));
        e.style.bottom = 100 - place(v) + "%";
        return e;
      }));
    }
    data.forEach((all, n) => {
      let d = "", open = false;
      all.forEach((v, i) => {
        // A time of 0: there was no request.
        if (options.log && !v) { open = false; return; }
        const point = 300 - all.length + i + " " + place(v).toFixed(1);
        d += open ? "L" + point : "M" + point + "l.01 0";
        open = true;
      });
      set(paths[n], { d });
      if (area) set(area, { d: all.length ? d + "L299 100L" + (300 - all.length) + " 100Z" : "" });
    });
    set(svg, { "aria-label": title + " in the last ten minutes. " + lines.map(([name], n) => name + ": now " + options.text(data[n].at(-1) ?? 0) + ", at most " + options.text(Math.max(0, ...data[n]))).join("; ") });
    tell();
  }

  const point = x => { at = x === null ? null : Math.min(299, Math.max(300 - data[0].length, Math.round(x))); tell(); };
  plot.addEventListener("pointermove", e => point((e.clientX - plot.getBoundingClientRect().left) / plot.clientWidth * 299));
  plot.addEventListener("pointerleave", () => point(null));
  plot.addEventListener("blur", () => point(null));
  plot.addEventListener("keydown", e => {
    const step = { ArrowLeft: -5, ArrowRight: 5 }[e.key];
    if (step) { point((at ?? 299) + step); e.preventDefault(); }
  });
  return draw;
}
