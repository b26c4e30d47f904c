// The picture of a classification: data and layout come from the page, d3 gives zoom and the nearest dot.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { methods, papers, sections, bundles, labelled } = data;
  const $ = (id) => document.getElementById(id);
  const canvas = $("picture"), pen = canvas.getContext("2d"), card = $("card");
  const rows = [...$("papers").children];
  const options = (name) => [...document.querySelectorAll(`input[name=${name}]`)];
  const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif';
  const FEW = 400; // so many papers at most are drawn with every line and label of theirs
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  // ── what is shown ──────────────────────────────────────────────────────────────────────────────────────────────

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const methodsOf = (paper) => [...paper.methods, ...paper.reading];
  const withChildren = methods.map((_, number) => {
    const found = new Set([number]);
    for (let size = 0; size !== found.size; ) {
      size = found.size;
      methods.forEach((method, child) => found.has(method.parent) && found.add(child));
    }
    return found;
  });
  const texts = papers.map((paper, number) =>
    folded([rows[number].textContent, paper.key, ...methodsOf(paper).map((m) => methods[m].name)].join(" ")));
  const state = { chosen: null, over: null };
  let shown = papers.map((_, number) => number), visible = new Set(shown), filtered = false;

  function filter() {
    const words = folded($("search").value).split(/\s+/).filter(Boolean);
    const ticked = (name) => options(name).filter((box) => box.checked).map((box) => Number(box.value));
    const wanted = ticked("method"), parts = ticked("section"), from = $("from").value, to = $("to").value;
    const classes = new Set(wanted.flatMap((m) => (m < 0 ? [] : [...withChildren[m]])));
    const matches = (paper, number) =>
      words.every((word) => texts[number].includes(word)) &&
      (!wanted.length || methodsOf(paper).some((m) => classes.has(m)) || (wanted.includes(-1) && !methodsOf(paper).length)) &&
      (!parts.length || paper.sections.some((s) => parts.includes(s)) || (parts.includes(-1) && !paper.sections.length)) &&
      (!from || paper.year >= from) && (!to || (paper.year !== "" && paper.year <= to));
    const before = shown;
    shown = papers.map((_, number) => number).filter((number) => matches(papers[number], number));
    if (shown.length !== before.length || shown.some((number, n) => number !== before[n])) {
      $("papers").replaceChildren(...shown.map((number) => rows[number])); // hiding thousands of rows takes seconds
    }
    visible = new Set(shown);
    filtered = shown.length < papers.length;
    const active = wanted.length + parts.length + (from || to ? 1 : 0);
    $("active").textContent = active ? `(${active})` : "";
    $("count").textContent = filtered ? `${shown.length.toLocaleString("en")} of ${data.facts}` : data.facts;
    $("empty").hidden = shown.length > 0;
    prepare();
    draw();
  }

  // ── the parts of the picture, made once for each filter ────────────────────────────────────────────────────────

  const SHAPES = [
    (p, x, y, r) => { p.moveTo(x + r, y); p.arc(x, y, r, 0, 2 * Math.PI); },
    (p, x, y, r) => polygon(p, [[x, y - r * 1.25], [x + r * 1.25, y], [x, y + r * 1.25], [x - r * 1.25, y]]),
    (p, x, y, r) => p.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8),
    (p, x, y, r) => polygon(p, [[x, y - r * 1.2], [x + r * 1.2, y + r], [x - r * 1.2, y + r]]),
  ];
  function polygon(path, points) {
    points.forEach(([x, y], number) => (number ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  function line(path, method, paper) {
    path.moveTo(method.x, method.y);
    if (!labelled) return path.lineTo(paper.x, paper.y);
    const x = paper.x - method.x, y = paper.y - method.y, bend = Math.min(70, Math.hypot(x, y) * 0.45) * paper.side;
    path.bezierCurveTo(method.x + x * 0.3, method.y + y * 0.3, paper.x - bend, paper.y, paper.x, paper.y);
  }
  function dot(path, paper, grow = 0) {
    SHAPES[(paper.sections[0] ?? 0) % SHAPES.length](path, paper.x, paper.y, paper.r + grow);
  }
  class Heap extends Map { // paths by what they are drawn with
    path(key) {
      if (!this.has(key)) this.set(key, new Path2D());
      return this.get(key);
    }
  }
  let scene, tree;
  const colourOf = (paper) =>
    paper.methods.length === 1 ? methods[paper.methods[0]].colour
    : !paper.methods.length && paper.reading.length ? methods[paper.reading[0]].colour : data.neutral;

  function prepare() {
    scene = { lines: new Heap(), reading: new Heap(), dots: new Heap(), rings: new Heap(), pale: new Path2D(), live: new Set() };
    const each = labelled || shown.length <= FEW;
    papers.forEach((paper, number) => {
      if (!visible.has(number)) return dot(scene.pale, paper);
      methodsOf(paper).forEach((m) => scene.live.add(m));
      dot((paper.methods.length ? scene.dots : scene.rings).path(colourOf(paper)), paper);
      if (each) tie(scene.lines, scene.reading, paper);
    });
    scene.bundles = each || filtered ? [] : bundles;
    tree = d3.quadtree(shown, (n) => papers[n].x, (n) => papers[n].y);
  }
  function tie(lines, reading, paper) {
    paper.methods.forEach((m) => line(lines.path(methods[m].colour), methods[m], paper));
    paper.reading.forEach((m) => line(reading.path(methods[m].colour), methods[m], paper));
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────────────────────

  let place = d3.zoomIdentity, width = 0, height = 0, sharp = 1, waiting = false, labels = [], colours = {};
  function draw() {
    if (!waiting) requestAnimationFrame(() => { waiting = false; paint(); });
    waiting = true;
  }
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(["ground", "ink", "soft", "accent"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    colours.strength = style.colorScheme === "dark" ? 1.35 : 1; // on a dark ground thin lines need more of their colour
  }
  function paint() {
    const focus = focused();
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.fillStyle = colours.ground;
    pen.fillRect(0, 0, width, height);
    pen.translate(place.x, place.y);
    pen.scale(place.k, place.k);
    pen.lineCap = "round";
    const faint = focus ? 0.14 : 1;
    paintTree(0.35 * faint);
    paintBundles(0.2 * faint);
    strokes(scene.lines, 1.6, (labelled || filtered ? 0.62 : 0.4) * faint, []);
    strokes(scene.reading, 1.6, 0.7 * faint, [1, 4.5]);
    pen.globalAlpha = 0.13;
    pen.fillStyle = colours.soft;
    pen.fill(scene.pale);
    pen.globalAlpha = focus ? 0.25 : 1;
    paintDots(scene.dots, scene.rings);
    methods.forEach((method, number) => paintMethod(method, focus ? focus.methods.has(number) : scene.live.has(number) || !filtered));
    if (focus) paintFocus(focus);
    pen.globalAlpha = 1;
    paintLabels(focus);
  }
  function strokes(heap, size, alpha, dashes) {
    pen.globalAlpha = Math.min(1, alpha * colours.strength);
    pen.lineWidth = Math.max(size, 0.7 / place.k);
    pen.setLineDash(dashes);
    for (const [colour, path] of heap) { pen.strokeStyle = colour; pen.stroke(path); }
    pen.setLineDash([]);
  }
  function paintTree(alpha) {
    pen.globalAlpha = alpha;
    pen.lineWidth = 4;
    for (const method of methods) {
      if (method.parent < 0) continue;
      const parent = methods[method.parent];
      pen.strokeStyle = parent.colour;
      pen.beginPath(); pen.moveTo(parent.x, parent.y); pen.lineTo(method.x, method.y); pen.stroke();
    }
  }
  function paintBundles(alpha) {
    pen.globalAlpha = alpha;
    for (const [m, x, y, count] of scene.bundles) {
      pen.strokeStyle = methods[m].colour;
      pen.lineWidth = Math.min(1 + Math.sqrt(count) * 0.7, 12);
      pen.beginPath(); pen.moveTo(methods[m].x, methods[m].y); pen.lineTo(x, y); pen.stroke();
    }
  }
  function paintDots(dots, rings) {
    pen.lineWidth = 1.5;
    pen.strokeStyle = colours.ground;
    for (const [colour, path] of dots) { pen.fillStyle = colour; pen.fill(path); if (labelled) pen.stroke(path); }
    pen.lineWidth = labelled ? 2 : 1.5;
    pen.fillStyle = colours.ground;
    for (const [colour, path] of rings) { pen.strokeStyle = colour; pen.fill(path); pen.stroke(path); }
  }
  function paintMethod(method, live) {
    pen.globalAlpha = live ? 1 : 0.2;
    pen.beginPath(); pen.arc(method.x, method.y, method.r, 0, 2 * Math.PI);
    pen.fillStyle = method.colour; pen.fill();
    pen.lineWidth = 2; pen.strokeStyle = colours.ground; pen.stroke();
  }
  function focused() {
    const one = state.over ?? state.chosen;
    if (!one) return null;
    if (one.paper !== undefined) return { one, papers: [one.paper], methods: new Set(methodsOf(papers[one.paper])) };
    const family = withChildren[one.method];
    const found = shown.filter((n) => methodsOf(papers[n]).some((m) => family.has(m)));
    return { one, papers: found, methods: new Set([...family, ...found.flatMap((n) => methodsOf(papers[n]))]) };
  }
  function paintFocus({ one, papers: found }) {
    const lines = new Heap(), reading = new Heap(), dots = new Heap(), rings = new Heap();
    for (const number of found) {
      const paper = papers[number];
      if (found.length <= FEW || one.paper !== undefined) tie(lines, reading, paper);
      dot((paper.methods.length ? dots : rings).path(colourOf(paper)), paper, one.paper === undefined ? 0 : 1.5);
    }
    strokes(lines, 2.2, found.length > 60 ? 0.4 : 0.9, []);
    strokes(reading, 2.2, 0.9, [1, 4.5]);
    pen.globalAlpha = 1;
    paintDots(dots, rings);
    new Set(found.flatMap((n) => methodsOf(papers[n]))).forEach((m) => paintMethod(methods[m], true));
    if (one.method !== undefined) paintMethod(methods[one.method], true);
    const spot = one.paper !== undefined ? papers[one.paper] : methods[one.method];
    pen.beginPath(); pen.arc(spot.x, spot.y, spot.r + 4, 0, 2 * Math.PI);
    pen.lineWidth = 2 / Math.max(0.6, place.k); pen.strokeStyle = colours.accent; pen.stroke();
  }

  // ── labels: the important ones first, each only where there is room ────────────────────────────────────────────

  function paintLabels(focus) {
    labels = [];
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.lineJoin = "round";
    const size = Math.max(0.74, Math.min(1.2, place.k));
    const near = new Set(focus ? focus.papers.slice(0, FEW) : []);
    if (focus) label(focus.one, size, true);
    const byWeight = methods.map((_, m) => m).sort((a, b) => methods[b].r - methods[a].r);
    for (const m of byWeight) if (focus ? focus.methods.has(m) : scene.live.has(m) || !filtered) label({ method: m }, size);
    near.forEach((paper) => label({ paper }, size));
    if (!focus && (labelled || filtered && shown.length <= FEW || place.k > 1.8)) {
      let room = FEW;
      for (const paper of shown) if (inside(papers[paper]) && room-- > 0) label({ paper }, size);
    }
    if (data.heading && !filtered && !focus) write([[data.heading.text, 13 * size, 500, colours.soft]], data.heading, 0, 1);
  }
  const inside = ({ x, y }) => {
    const [left, top] = place.apply([x, y]);
    return left > -200 && left < width + 200 && top > -40 && top < height + 40;
  };
  function label(one, size, always = false) {
    if (one.method !== undefined) {
      const method = methods[one.method];
      return write([[method.label, 14 * size, 650, colours.ink]], method, method.r * place.k + 5, 0, one, always);
    }
    const paper = papers[one.paper];
    const lines = [[paper.label, 12.5 * size, always ? 600 : 400, colours.ink]];
    if (paper.byline) lines.push([paper.byline, 11 * size, 400, colours.soft]);
    return write(lines, paper, (paper.r + 1) * place.k + 5, paper.side, one, always);
  }
  function write(lines, spot, off, side, one = null, always = false) {
    const [x, y] = place.apply([spot.x, spot.y]);
    const fonts = lines.map(([, size, weight]) => `${weight} ${size.toFixed(1)}px ${FAMILY}`);
    const wide = Math.max(...lines.map(([text], n) => { pen.font = fonts[n]; return pen.measureText(text).width; }));
    const high = lines.reduce((sum, [, size]) => sum + size * 1.22, 0);
    const left = side > 0 ? x + off : side < 0 ? x - off - wide : x - wide / 2;
    const top = side ? y - high / 2 : y + off;
    const box = { left, top, right: left + wide, bottom: top + high, one };
    const touches = (other) =>
      box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
    if (!always && labels.some(touches)) return;
    labels.push(box);
    pen.textAlign = side > 0 ? "left" : side < 0 ? "right" : "center";
    pen.textBaseline = "top";
    let down = top;
    lines.forEach(([text, size, , colour], n) => {
      pen.font = fonts[n];
      pen.lineWidth = 4; pen.strokeStyle = colours.ground; pen.fillStyle = colour;
      const at = side > 0 ? left : side < 0 ? left + wide : x;
      pen.strokeText(text, at, down); pen.fillText(text, at, down);
      down += size * 1.22;
    });
  }

  // ── moving ─────────────────────────────────────────────────────────────────────────────────────────────────────

  const zoom = d3.zoom().on("zoom", (event) => { place = event.transform; draw(); });
  const view = d3.select(canvas).call(zoom).on("dblclick.zoom", null);
  const slowly = () => (calm.matches ? view : view.transition().duration(350));
  function whole() { // all of it, below the buttons and above the key
    const [side, top, bottom] = [28, 58, 34], free = [width - 2 * side, height - top - bottom];
    const k = Math.max(0.01, Math.min(free[0] / data.width, free[1] / data.height, 1.4));
    return d3.zoomIdentity.translate((width - data.width * k) / 2, top + (free[1] - data.height * k) / 2).scale(k);
  }
  function resize({ finer = 1 } = {}) {
    const fitting = !width || String(place) === String(whole());
    ({ clientWidth: width, clientHeight: height } = canvas);
    sharp = Math.min(devicePixelRatio || 1, papers.length > 2000 ? 1.5 : 3) * finer;
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
    zoom.scaleExtent([whole().k * 0.5, Math.max(6, whole().k * 8)]);
    if (fitting) view.call(zoom.transform, whole());
    draw();
  }
  function bring(one) { // what was chosen and its methods come into sight, if they are not
    const found = one.paper !== undefined ? [papers[one.paper], ...methodsOf(papers[one.paper]).map((m) => methods[m])] : [methods[one.method]];
    const [left, right] = d3.extent(found, (spot) => spot.x), [top, bottom] = d3.extent(found, (spot) => spot.y);
    const [x0, y0] = place.apply([left, top]), [x1, y1] = place.apply([right, bottom]);
    const edge = width - (width > 700 ? 220 : 60);
    if (x0 > 60 && y0 > 60 && x1 < edge && y1 < height - 60 && (labelled || place.k > 0.6)) return;
    const k = Math.min(1.2, (width - 320) / (right - left + 1), (height - 240) / (bottom - top + 1));
    const scale = Math.max(k, whole().k), x = (left + right) / 2, y = (top + bottom) / 2;
    slowly().call(zoom.transform, d3.zoomIdentity.translate(width / 2 - x * scale, height / 2 - y * scale).scale(scale));
  }

  // ── pointing and choosing ──────────────────────────────────────────────────────────────────────────────────────

  function at([x, y]) {
    const under = labels.find((box) => box.one && x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
    if (under) return under.one;
    const [a, b] = place.invert([x, y]);
    const paper = tree.find(a, b, 9 / place.k + 3);
    if (paper !== undefined) return { paper };
    const method = methods.findIndex((m) => Math.hypot(m.x - a, m.y - b) <= m.r + 3 / place.k);
    return method < 0 ? null : { method };
  }
  const same = (one, other) => one?.paper === other?.paper && one?.method === other?.method;
  function choose(one, { bringIt = false } = {}) {
    state.chosen = one;
    state.over = null;
    rows.forEach((row) => row.removeAttribute("aria-current"));
    if (one?.paper !== undefined) {
      rows[one.paper].setAttribute("aria-current", "true");
      if (!bringIt) rows[one.paper].scrollIntoView({ block: "nearest" });
    }
    if (one && bringIt) bring(one);
    showCard(one);
    draw();
  }
  function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }
  function tag(m) {
    const swatch = make("i", { className: "swatch" });
    swatch.style.background = methods[m].colour;
    return make("button", { type: "button", onclick: () => choose({ method: m }, { bringIt: true }) }, swatch, methods[m].name);
  }
  function tags(words, numbers) {
    return numbers.length ? [make("p", { className: "tags" }, make("small", {}, words), ...numbers.map(tag))] : [];
  }
  function links(list) {
    return make("span", { className: "links" }, ...list.map(([text, href]) => make("a", { href, textContent: text, rel: "noreferrer" })));
  }
  function showCard(one) {
    card.hidden = !one;
    if (!one) return;
    const close = make("button", { className: "close", type: "button", textContent: "×", ariaLabel: "Close", onclick: () => choose(null) });
    card.replaceChildren(close, ...(one.paper !== undefined ? paperCard(one.paper) : methodCard(one.method)));
  }
  function paperCard(number) {
    const paper = papers[number], row = rows[number];
    const where = paper.sections.map((s) => sections[s].name).join(", ");
    const facts = [paper.authors.join(", "), paper.year, where, paper.status].filter(Boolean).join(" · ");
    return [
      make("h2", { textContent: row.querySelector("button").textContent }),
      make("p", {}, make("small", { textContent: facts })),
      ...tags("Methods", paper.methods), ...tags("To read about", paper.reading),
      ...[...row.querySelectorAll(".links")].map((found) => found.cloneNode(true)),
    ];
  }
  function methodCard(m) {
    const method = methods[m], children = methods.map((_, n) => n).filter((n) => methods[n].parent === m);
    const uses = papers.filter((paper) => paper.methods.includes(m)).length, read = papers.filter((paper) => paper.reading.includes(m)).length;
    const box = options("method").find((found) => Number(found.value) === m);
    const only = () => { options("method").forEach((other) => { other.checked = other === box; }); $("filters").open = true; filter(); };
    return [
      make("h2", { textContent: method.name }),
      make("p", {}, make("small", { textContent: `${uses} ${uses === 1 ? "paper uses" : "papers use"} it, ${read} to read about it` })),
      ...tags("Part of", method.parent < 0 ? [] : [method.parent]), ...tags("Kinds of it", children),
      make("p", { className: "tags" }, make("button", { type: "button", textContent: "Only these papers", onclick: only })),
      ...(method.note ? [links([["Note", method.note]])] : []),
    ];
  }

  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) return;
    const over = at(d3.pointer(event, canvas));
    canvas.classList.toggle("over", Boolean(over));
    if (!same(over, state.over)) { state.over = over; draw(); }
  });
  canvas.addEventListener("pointerleave", () => { state.over = null; draw(); });
  canvas.addEventListener("click", (event) => choose(at(d3.pointer(event, canvas))));
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    if (moves[event.key]) view.call(zoom.translateBy, ...moves[event.key].map((step) => step / place.k));
    else if (event.key === "+" || event.key === "=") slowly().call(zoom.scaleBy, 1.4);
    else if (event.key === "-") slowly().call(zoom.scaleBy, 1 / 1.4);
    else if (event.key === "0") slowly().call(zoom.transform, whole());
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") choose(null);
    if (event.key === "/" && !/^(INPUT|SELECT)$/.test(event.target.tagName)) { event.preventDefault(); $("search").focus(); }
  });
  $("papers").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose({ paper: rows.indexOf(button.closest("li")) }, { bringIt: true });
  });
  $("in").onclick = () => slowly().call(zoom.scaleBy, 1.5);
  $("out").onclick = () => slowly().call(zoom.scaleBy, 1 / 1.5);
  $("fit").onclick = () => slowly().call(zoom.transform, whole());
  $("clear").onclick = () => {
    [...options("method"), ...options("section")].forEach((box) => { box.checked = false; });
    $("search").value = $("from").value = $("to").value = "";
    choose(null);
    filter();
  };
  $("search").addEventListener("input", filter);
  $("filters").addEventListener("change", filter);

  // ── light and dark, paper ──────────────────────────────────────────────────────────────────────────────────────

  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  function theme(name) {
    if (name) root.dataset.theme = name; else delete root.dataset.theme;
    readColours();
    draw();
  }
  $("theme").onclick = () => {
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    theme(now === "dark" ? "light" : "dark");
  };
  dark.addEventListener("change", () => theme(root.dataset.theme));
  let before;
  addEventListener("beforeprint", () => {
    before = { theme: root.dataset.theme, place };
    root.dataset.theme = "light";
    readColours();
    colours.ground = "#ffffff";
    resize({ finer: 3 });
    view.call(zoom.transform, whole());
    paint();
  });
  addEventListener("afterprint", () => {
    theme(before.theme);
    resize();
    view.call(zoom.transform, before.place);
  });

  if (papers.length <= 200 && innerHeight > 700 && innerWidth > 740) $("filters").open = true;
  new ResizeObserver(() => resize()).observe(canvas);
  readColours();
  filter();
  resize();
})();
