(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { boxes, arrows } = data;
  const find = (id) => document.getElementById(id);
  const [stage, picture, camera, panel, tip, search, results] =
    ["stage", "picture", "camera", "panel", "tip", "search", "results"].map(find);

  // Text enters the page as text alone: nothing here is ever read as HTML.
  const SVG = "http://www.w3.org/2000/svg";
  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }
  const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  const say = (text) => { find("said").textContent = text; };
  const number = (value) => value.toLocaleString("en");
  const plural = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;

  // ---- What is known -------------------------------------------------------------------------

  const leaving = boxes.map(() => []);
  const entering = boxes.map(() => []);
  arrows.forEach(([s, t], i) => { leaving[s].push(i); entering[t].push(i); });
  const foldedInto = new Map();
  boxes.forEach((box, b) => (box.folded || []).forEach((one) => {
    foldedInto.set(one, [...(foldedInto.get(one) || []), b]);
  }));
  const byKey = new Map(boxes.map((box, b) => [box.key, b]));
  const asked = [...boxes.keys()].filter((b) => boxes[b].asked && !boxes[b].members);
  const real = (b) => boxes[b].members || [b];
  // What is folded is shown by the first that speaks for it.
  const standing = (b) => foldedInto.get(b)?.[0] ?? b;
  const called = (b) => [boxes[b].label, boxes[b].name].filter(Boolean).join(" ") || boxes[b].key;
  const titled = (b) => [called(b), boxes[b].caption].filter(Boolean).join(", ");
  const whole = new Map();
  // What search looks through; made when it is first needed.
  const hay = (b) => {
    if (!whole.has(b)) {
      const box = boxes[b];
      const parts = [["", box.key], ["", box.label], ["name", box.name || ""], ["state", box.state || ""], ...(box.facts || [])];
      whole.set(b, parts.map(([name, value]) => [name, value, value.toLowerCase()]));
    }
    return whole.get(b);
  };

  // All that can be reached from some boxes against the arrows, or along them.
  function reached(starts, along) {
    const seen = new Set(starts);
    const stack = [...starts];
    while (stack.length) {
      const b = stack.pop();
      for (const i of along ? leaving[b] : entering[b]) {
        const other = arrows[i][along ? 1 : 0];
        if (!seen.has(other)) { seen.add(other); stack.push(other); }
      }
    }
    return seen;
  }

  // ---- What is drawn -------------------------------------------------------------------------

  let view = null;      // { name, width, height, items: [[box, x, y, width, height]], lines }
  let shown = new Map(); // box, also one inside a group -> its item
  let drawn = new Map(); // box of an item -> its element
  let lineElements = [];
  let chosen = null;
  let direction = "both";
  let matches = new Set();
  let current = null;    // the box that Tab leads to

  function body(b, wide, high) {
    const box = boxes[b];
    const [x, y] = [-wide / 2, -high / 2];
    const shape = (cls, grow, dx = 0, dy = 0) => {
      if (box.kind === "context") {
        const [c, w, h] = [9 + grow / 2, wide + 2 * grow, high + 2 * grow];
        const [l, t] = [x - grow + dx, y - grow + dy];
        const corners = [[l + c, t], [l + w - c, t], [l + w, t + c], [l + w, t + h - c], [l + w - c, t + h], [l + c, t + h], [l, t + h - c], [l, t + c]];
        return svg("polygon", { class: cls, points: corners.join(" ") });
      }
      const round = box.kind === "artifact" ? Math.min(14, high / 2) : 2;
      return svg("rect", { class: cls, x: x - grow + dx, y: y - grow + dy, width: wide + 2 * grow, height: high + 2 * grow, rx: round + grow });
    };
    const parts = [shape("halo", 4)];
    if (box.members) parts.push(shape("behind", 0, 7, 7), shape("behind", 0, 3.5, 3.5));
    parts.push(shape("body", 0));
    return parts;
  }

  function element(b, wide, high, hidden = 0) {
    const box = boxes[b];
    const short = { ...box, ...box.short };
    const lines = [["label", short.label], ["name", short.name], ["caption", short.caption]].filter(([part, text]) => text || part === "label");
    const first = { 1: 4.5, 2: -3, 3: -11 }[lines.length];
    const badge = [];
    if (hidden || box.cut) {
      // Beside the box, not in it: its text needs the room.
      const text = hidden ? `+${number(hidden)}` : "⋯";
      const w = 12 + 6.5 * text.length;
      badge.push(svg("g", { transform: `translate(${wide / 2 - w / 2 + 5} ${-high / 2})` },
        svg("rect", { class: "more", x: -w / 2, y: -9, width: w, height: 18, rx: 9 }),
        svg("text", { class: "more-text", y: 4 }, text)));
    }
    const said = [titled(b)];
    if (box.asked) said.push("asked about");
    if (box.cut) said.push("cut off here: more lies behind it");
    if (hidden) said.push(`${plural(hidden, "neighbour")} not drawn`);
    return svg("g", {
      class: ["box", box.kind, box.look, box.asked && "asked", box.cut && "cut"].filter(Boolean).join(" "),
      "data-box": b, "data-key": box.key, role: "button", tabindex: -1, "aria-label": said.join(", "),
    }, ...body(b, wide, high), ...lines.map(([part, text], i) => svg("text", { class: part, y: first + 16 * i }, text)), ...badge);
  }

  function show(next) {
    view = next;
    shown = new Map();
    drawn = new Map();
    const [lineLayer, boxLayer, roleLayer] = ["lines", "boxes", "roles"].map(find);
    lineElements = view.lines.map((line) => {
      const group = svg("g", { class: ["line", line.dashed && "dashed", line.pale && "pale"].filter(Boolean).join(" ") },
        svg("path", { class: "wide", d: line.d }), svg("path", { class: "thin", d: line.d }));
      group.line = line;
      return group;
    });
    lineLayer.replaceChildren(...lineElements);
    boxLayer.replaceChildren(...view.items.map((item) => {
      const [b, x, y, wide, high, hidden] = item;
      for (const one of real(b)) shown.set(one, item);
      shown.set(b, item);
      const group = element(b, wide, high, hidden);
      group.setAttribute("transform", `translate(${x} ${y})`);
      drawn.set(b, group);
      return group;
    }));
    roleLayer.replaceChildren(...view.lines.filter((line) => line.short).map((line) => {
      const text = svg("text", { x: line.x, y: line.y + 3.5 }, line.short);
      text.line = line;
      return text;
    }));
    picture.setAttribute("aria-label", `${view.name}: ${plural(view.items.length, "node")}, ${plural(view.lines.length, "arrow")}`);
    find("nothing").hidden = view.items.length > 0;
    for (const button of find("views").children) button.setAttribute("aria-pressed", button.view === view);
    find("around").hidden = !view.around;
    const start = shown.get(standing(chosen)) || shown.get(asked[0]) || view.items[0];
    current = null;
    if (start) reachable(start[0]);
    paint();
    drawMap();
  }

  // One box is in the order of Tab; arrow keys lead to the others.
  function reachable(b) {
    if (current !== null) drawn.get(current)?.setAttribute("tabindex", -1);
    current = b;
    drawn.get(b)?.setAttribute("tabindex", 0);
  }

  function paint() {
    let lit = null;
    if (chosen !== null) {
      const starts = real(standing(chosen));
      const up = direction !== "down" ? reached(starts, false) : new Set(starts);
      const down = direction !== "up" ? reached(starts, true) : new Set(starts);
      const ends = (set) => new Set([...set].map((b) => shown.get(b)?.[0]));
      lit = [ends(up), ends(down)];
    }
    camera.classList.toggle("lighting", chosen !== null && shown.has(standing(chosen)));
    const onMatch = new Set([...matches].map((b) => shown.get(b)?.[0]));
    const at = chosen === null ? null : shown.get(standing(chosen))?.[0];
    for (const [b, group] of drawn) {
      group.classList.toggle("lit", lit !== null && (lit[0].has(b) || lit[1].has(b)));
      group.classList.toggle("chosen", b === at);
      group.classList.toggle("match", onMatch.has(b));
    }
    const between = (line) => lit !== null && lit.some((set) => set.has(line.s) && set.has(line.t));
    for (const group of lineElements) group.classList.toggle("lit", between(group.line));
    for (const text of find("roles").children) text.classList.toggle("lit", between(text.line));
  }

  // ---- Where one looks -----------------------------------------------------------------------

  let x = 0, y = 0, k = 1; // the picture's origin on the stage, and its scale
  const [SMALLEST, LARGEST, LEGIBLE] = [0.02, 4, 0.9];
  const size = () => [stage.clientWidth || 1, stage.clientHeight || 1];

  function look() {
    camera.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    camera.classList.toggle("far", k < 0.45);
    camera.classList.toggle("dots", k < 0.15);
    drawWindow();
    tip.hidden = true;
  }
  function zoom(factor, cx = size()[0] / 2, cy = size()[1] / 2) {
    const next = Math.min(Math.max(k * factor, SMALLEST), LARGEST);
    x = cx - ((cx - x) * next) / k;
    y = cy - ((cy - y) * next) / k;
    k = next;
    look();
  }
  function fitting() {
    const [w, h] = size();
    return Math.min(w / (view.width + 60), h / (view.height + 60), 1.25);
  }
  function centre() {
    const [w, h] = size();
    x = (w - view.width * k) / 2;
    y = (h - view.height * k) / 2;
    look();
  }
  function fit() { k = Math.max(fitting(), SMALLEST); centre(); }
  function goTo(item) {
    const [w, h] = size();
    x = w / 2 - item[1] * k;
    y = h / 2 - item[2] * k;
    look();
  }
  // All of it where that can be read, else what was asked about, at a size that can.
  function home() {
    k = fitting();
    if (k >= LEGIBLE || !view.items.length) { k = Math.max(k, SMALLEST); centre(); return; }
    k = LEGIBLE;
    goTo(shown.get(view.around?.of) || shown.get(asked[0]) || view.items[0]);
    // No more empty stage than there must be.
    const [w, h] = size();
    const inside = (at, room, length) => length + 60 <= room ? (room - length) / 2 : Math.min(30, Math.max(room - length - 30, at));
    x = inside(x, w, view.width * k);
    y = inside(y, h, view.height * k);
    look();
  }
  function seen(item) {
    const [w, h] = size();
    const [px, py, dx, dy] = [x + item[1] * k, y + item[2] * k, (item[3] * k) / 2, (item[4] * k) / 2];
    return px > dx && px < w - dx && py > dy && py < h - dy;
  }

  // ---- The small map -------------------------------------------------------------------------

  const map = find("map");
  let mapScale = [1, 1];
  function drawMap() {
    const room = [Math.min(210, size()[0] * 0.28), Math.min(150, size()[1] * 0.3)];
    const whole = [view.width + 40, view.height + 40];
    const least = Math.min(room[0] / whole[0], room[1] / whole[1]);
    // A chain of hundreds would be a hair: the short way may be stretched.
    mapScale = whole.map((length, i) => Math.min(room[i] / length, Math.max(least * 3, 24 / length)));
    const [w, h] = whole.map((length, i) => length * mapScale[i]);
    const dot = ([, bx, by, bw, bh]) => {
      const [dw, dh] = [Math.max(bw * mapScale[0], 1.5), Math.max(bh * Math.min(mapScale[1], 3 * mapScale[0]), 1.5)];
      return `M${(bx + 20) * mapScale[0] - dw / 2} ${(by + 20) * mapScale[1] - dh / 2}h${dw}v${dh}h${-dw}z`;
    };
    const [some, others] = [view.items.filter(([b]) => boxes[b].asked), view.items.filter(([b]) => !boxes[b].asked)];
    for (const [name, value] of [["width", w], ["height", h]]) map.setAttribute(name, value);
    map.replaceChildren(
      svg("path", { class: "others", d: others.map(dot).join("") }),
      svg("path", { class: "asked", d: some.map(dot).join("") }),
      svg("rect", { class: "window", rx: 2 }));
    drawWindow();
  }
  function drawWindow() {
    if (!view || !map.lastChild) return;
    const [w, h] = size();
    // Of little use where all is seen.
    map.toggleAttribute("hidden", x >= 0 && y >= 0 && x + view.width * k <= w && y + view.height * k <= h);
    const [sx, sy] = mapScale;
    const at = { x: (20 - x / k) * sx, y: (20 - y / k) * sy, width: (w / k) * sx, height: (h / k) * sy };
    for (const [name, value] of Object.entries(at)) map.lastChild.setAttribute(name, value);
  }
  function fromMap(event) {
    const frame = map.getBoundingClientRect();
    goTo([0, (event.clientX - frame.left) / mapScale[0] - 20, (event.clientY - frame.top) / mapScale[1] - 20]);
  }
  map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); fromMap(event); event.stopPropagation(); });
  map.addEventListener("pointermove", (event) => { if (event.buttons) fromMap(event); });

  // ---- What is chosen ------------------------------------------------------------------------

  function choose(b, { move = true, focus = false } = {}) {
    chosen = b;
    if (b === null) {
      panel.hidden = true;
    } else {
      // What this view does not draw - it surrounds another one - is in one of the others.
      const target = standing(b);
      if (!shown.has(target)) show(data.views.find((one) => holds(one, target)) || view);
      const wasHidden = panel.hidden;
      panel.hidden = false;
      fillPanel(b);
      const item = shown.get(target);
      if (item) {
        reachable(item[0]);
        if (wasHidden) drawWindow();
        if (move || !seen(item)) { if (k < 0.45) k = LEGIBLE; goTo(item); }
        if (focus) drawn.get(item[0]).focus({ preventScroll: true });
      }
      say(`${titled(b)} chosen`);
    }
    paint();
    try { history.replaceState(null, "", b === null ? "#" : `#${encodeURIComponent(boxes[b].key)}`); } catch { /* inside a frame there is no address */ }
  }
  const holds = (one, b) => one.items.some((item) => item[0] === b || (boxes[item[0]].members || []).includes(b));

  const sample = (b) => html("span", { class: `sample ${boxes[b].kind} ${boxes[b].look}` });
  const entry = (b, word) => html("li", {}, html("button", { type: "button", title: titled(b), onclick: () => choose(b) },
    sample(b), html("b", {}, boxes[b].label || boxes[b].key), html("span", {}, [boxes[b].caption, boxes[b].name].filter(Boolean).join(" · ")), word ? html("i", {}, word) : null));

  // A list that shows its first entries, all of them on demand, and has a filter if it is long.
  function list(entries, first = 40) {
    const ul = html("ul");
    const more = html("button", { type: "button" });
    let limit = first, wanted = "";
    const draw = () => {
      const fitting = wanted ? entries.filter(([b]) => hay(b).some(([, , low]) => low.includes(wanted)) || boxes[b].caption?.toLowerCase().includes(wanted)) : entries;
      ul.replaceChildren(...fitting.slice(0, limit).map(([b, word]) => entry(b, word)));
      more.hidden = fitting.length <= limit;
      more.textContent = `${number(Math.min(400, fitting.length - limit))} more of ${number(fitting.length)}`;
    };
    more.addEventListener("click", () => { limit += 400; draw(); });
    draw();
    const filter = entries.length > 12 ? html("input", {
      class: "filter", type: "search", placeholder: `Filter ${number(entries.length)}`, "aria-label": "Filter this list",
      oninput: (event) => { wanted = event.target.value.trim().toLowerCase(); limit = first; draw(); },
    }) : null;
    return [filter, ul, more].filter(Boolean);
  }

  const WAYS = { artifact: ["Made by", "Read by"], execution: ["Inputs", "Outputs"], context: ["From", "To"] };
  const word = ([, , role, kind]) => [role, /^(INPUT|OUTPUT)?$/.test(kind) ? "" : kind.toLowerCase().replaceAll("_", " ")].filter(Boolean).join(" · ");

  function fillPanel(b) {
    const box = boxes[b];
    const parts = [];
    const section = (title, content) => { if (content.length) parts.push(html("h3", {}, title), ...content); };
    parts.push(html("div", { class: "top" }, html("h2", { tabindex: -1 }, box.label || box.key),
      html("button", { type: "button", title: "Close (Esc)", "aria-label": "Close", onclick: () => choose(null) }, "✕")));
    if (box.name) parts.push(html("p", { class: "what" }, box.name));
    const marks = [html("span", { class: `mark ${box.look}` }, box.members ? box.caption : [box.kind, box.key, box.state].filter(Boolean).join(" · "))];
    if (box.asked) marks.push(html("span", { class: "mark" }, "asked about"));
    if (box.cut) marks.push(html("span", { class: "mark" }, "cut off: more lies behind"));
    parts.push(html("div", { class: "marks" }, ...marks));

    if (foldedInto.has(b)) {
      section("Not drawn: it only passed on", list(foldedInto.get(b).map((one) => [one, ""])));
    } else {
      const way = (name, text) => html("button", { type: "button", "aria-pressed": direction === name, onclick: (event) => {
        direction = name;
        for (const one of event.target.parentNode.children) one.setAttribute("aria-pressed", one === event.target);
        paint();
      } }, text);
      parts.push(html("div", { class: "acts" },
        html("div", { class: "switch", role: "group", "aria-label": "Highlight" }, way("up", "Upstream"), way("both", "Both"), way("down", "Downstream")),
        box.members || view.around?.of === b ? null : html("button", { type: "button", onclick: () => surround(b, 2) }, "Surroundings")));
      if (data.explore && !box.members) parts.push(html("div", { class: "acts" }, ...ways(b)));
      const counts = [reached(real(b), false).size - real(b).length, reached(real(b), true).size - real(b).length];
      parts.push(html("p", { class: "what" }, `${number(counts[0])} upstream, ${number(counts[1])} downstream in this answer`));
    }
    if (box.members) {
      section("In this group", list(box.members.map((one) => [one, ""]), 100));
    } else {
      const [from, to] = WAYS[box.kind];
      section(`${from} (${entering[b].length})`, entering[b].length ? list(entering[b].map((i) => [arrows[i][0], word(arrows[i])])) : []);
      section(`${to} (${leaving[b].length})`, leaving[b].length ? list(leaving[b].map((i) => [arrows[i][1], word(arrows[i])])) : []);
      if (box.folded) section(`Passed on by ${number(box.folded.length)} (not drawn)`, list(box.folded.map((one) => [one, ""])));
    }
    const facts = (box.facts || []).flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]);
    section(box.members ? "States" : "Properties", facts.length ? [html("dl", {}, ...facts)] : []);
    panel.replaceChildren(...parts);
    panel.scrollTop = 0;
  }

  // ---- Where it leads, if a server shows it -----------------------------------------------------

  // What one sees is in the address of the page around this one, whose parts are those of this.
  function address(b) {
    const parts = new URLSearchParams(location.search);
    const others = parts.getAll("expand").filter((key) => key !== boxes[b].key);
    const isExpanded = others.length < parts.getAll("expand").length;
    parts.delete("expand");
    for (const key of isExpanded ? others : [...others, boxes[b].key]) parts.append("expand", key);
    return [`/lineage?${parts}`, isExpanded];
  }
  function ownPage(b) {
    const then = new URLSearchParams(location.search).get("as_of");
    return `/${boxes[b].key}${then ? `?as_of=${encodeURIComponent(then)}` : ""}`;
  }
  const KEPT = "graphstore-lineage-view";
  // So that the next picture has this box where it is now.
  function keepView(b) {
    const item = shown.get(standing(b));
    if (!item) return;
    const kept = { key: boxes[b].key, x: x + item[1] * k, y: y + item[2] * k, k, at: Date.now() };
    try { sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* then it begins anew */ }
  }
  function keptView() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT));
      sessionStorage.removeItem(KEPT);
      return kept && Date.now() - kept.at < 60000 ? kept : null;
    } catch { return null; }
  }
  function ways(b) {
    const [expanded, isExpanded] = address(b);
    const link = (href, key, text, act) => html("a", { href, target: "_top", class: "act", title: `${text} (${key})`, onclick: act }, text);
    return [link(ownPage(b), "o", "Open page"), link(expanded, "e", isExpanded ? "Collapse" : "Expand", () => keepView(b))];
  }

  // ---- What surrounds one box ----------------------------------------------------------------

  const NEIGHBOURS = 120; // boxes at most
  function surround(b, steps) {
    const within = new Map([[b, 0]]);
    let shell = [b];
    for (let step = 1; step <= steps && shell.length; step++) {
      const next = [];
      for (const one of shell)
        for (const other of [...entering[one].map((i) => arrows[i][0]), ...leaving[one].map((i) => arrows[i][1])])
          if (!within.has(other) && within.size < NEIGHBOURS) { within.set(other, step); next.push(other); }
      shell = next;
    }
    const ids = [...within.keys()];
    const numbers = new Map(ids.map((one, i) => [one, i]));
    const joined = new Map(); // several arrows between the same two are one line
    const hidden = ids.map(() => new Set());
    for (const one of ids)
      for (const i of [...entering[one], ...leaving[one]]) {
        const [s, t, role, , dashed] = arrows[i];
        if (!within.has(s)) hidden[numbers.get(one)].add(s);
        else if (!within.has(t)) hidden[numbers.get(one)].add(t);
        else if (s === one) {
          const line = joined.get(`${s} ${t}`) || { s, t, roles: new Set(), kinds: new Set(), dashed: 1 };
          if (role) line.roles.add(role);
          line.kinds.add(arrows[i][3]);
          line.dashed &&= dashed;
          joined.set(`${s} ${t}`, line);
        }
      }
    const lines = [...joined.values()];
    const wide = 200;
    const heights = ids.map((one) => boxes[one].name ? 62 : 46);
    const laid = layered(heights, lines.map((line) => [numbers.get(line.s), numbers.get(line.t)]), wide, 110, 26);
    const cut = (text) => text.length > 18 ? `${text.slice(0, 9)}…${text.slice(-8)}` : text;
    const around = { of: b, steps };
    if (!view.around) before = view;
    chosen = b;
    show({
      name: `Surroundings of ${titled(b)}`, around, width: laid.width, height: laid.height,
      items: ids.map((one, i) => [one, ...laid.middles[i], wide, heights[i], hidden[i].size]),
      lines: lines.map((line, i) => {
        const role = [...line.roles].join(", ");
        return { ...line, ...laid.lines[i], role, short: cut(role), kind: [...line.kinds].filter(Boolean).join(", ") };
      }),
    });
    fillAround(b, steps, ids.length);
    panel.hidden = false;
    fillPanel(b);
    home();
    say(view.name);
  }
  function fillAround(b, steps, count) {
    const step = (n) => html("button", { type: "button", "aria-pressed": n === steps, "aria-label": `${n} steps`, onclick: () => surround(b, n) }, n);
    find("around").replaceChildren(
      html("button", { type: "button", onclick: leave }, "← Back"),
      html("p", {}, "Surroundings of ", html("b", {}, [boxes[b].label, boxes[b].key].join(" "))),
      html("div", { class: "switch", role: "group", "aria-label": "Steps" }, ...[1, 2, 4, 8].map(step)),
      html("span", { class: "hint" }, count >= NEIGHBOURS ? `steps; the nearest ${NEIGHBOURS}, +n: so many neighbours more` : "steps; +n: so many neighbours more"));
  }
  let before = null; // the view that one came from
  function leave() {
    const b = chosen;
    show(before);
    home();
    if (b !== null) choose(b);
  }

  // ---- Search --------------------------------------------------------------------------------

  const MOST = 60;
  let found = [], at = -1;
  function why(b, wanted) {
    // The best of its parts: the id itself, then the start of something, then anything.
    let best = null;
    for (const [name, value, low] of hay(b)) {
      const place = low.indexOf(wanted);
      if (place < 0) continue;
      const rank = low === wanted ? (name ? 1 : 0) : place === 0 ? (name ? 3 : 2) : 4;
      if (!best || rank < best.rank) best = { b, rank, name, value, place };
    }
    return best;
  }
  function lookFor() {
    const wanted = search.value.trim().toLowerCase();
    const all = wanted ? [...boxes.keys()].filter((b) => !boxes[b].members).map((b) => why(b, wanted)).filter(Boolean) : [];
    all.sort((one, other) => one.rank - other.rank || one.b - other.b);
    matches = new Set(all.map(({ b }) => standing(b)));
    found = all.slice(0, MOST);
    at = found.length ? 0 : -1;
    const snippet = ({ name, value, place }) => `${name}: ${place > 40 ? "…" + value.slice(place - 20, place + 90) : value.slice(0, 110)}`;
    results.replaceChildren(
      html("li", { class: "count", role: "presentation" }, all.length > MOST ? `${number(all.length)} found, the best ${MOST}:` : `${number(all.length)} found`),
      ...found.map((one, i) => html("li", { id: `result-${i}`, role: "option", "aria-selected": i === at, onclick: () => take(i) },
        html("b", {}, boxes[one.b].label || boxes[one.b].key), " ", [boxes[one.b].caption, boxes[one.b].name].filter(Boolean).join(" · "),
        one.name && one.name !== "name" ? html("span", { class: "why" }, snippet(one)) : null)));
    open(Boolean(wanted));
    mark();
    if (wanted) say(`${number(all.length)} found`);
    paint();
  }
  function open(yes) {
    results.hidden = !yes;
    search.setAttribute("aria-expanded", yes);
  }
  function mark() {
    results.querySelectorAll("[role=option]").forEach((li, i) => {
      li.setAttribute("aria-selected", i === at);
      if (i === at) li.scrollIntoView({ block: "nearest" });
    });
    if (at >= 0) search.setAttribute("aria-activedescendant", `result-${at}`);
    else search.removeAttribute("aria-activedescendant");
  }
  function take(i) {
    if (!found[i]) return;
    at = i;
    mark();
    choose(found[i].b);
    open(false);
  }
  search.addEventListener("input", lookFor);
  search.addEventListener("focus", () => { if (search.value.trim()) open(true); });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      at = (at + step + found.length) % found.length;
      open(true);
      mark();
    } else if (event.key === "Enter") {
      // Once more: the next one.
      if (results.hidden && found.length) at = (at + (event.shiftKey ? found.length - 1 : 1)) % found.length;
      take(at);
    } else if (event.key === "Escape") {
      if (results.hidden) { search.value = ""; lookFor(); picture.focus(); } else open(false);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".search")) open(false); });

  // ---- Pointer -------------------------------------------------------------------------------

  const fingers = new Map();
  let moved = 0, pressed = null;
  picture.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size === 1) { moved = 0; pressed = event.target.closest(".box"); }
    picture.setPointerCapture(event.pointerId);
    tip.hidden = true;
  });
  picture.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const now = [event.clientX, event.clientY];
    const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    if (fingers.size === 1) {
      if (moved < 5) return;
      x += dx;
      y += dy;
      look();
    } else if (fingers.size === 2) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const frame = stage.getBoundingClientRect();
      const apart = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
      x += dx / 2;
      y += dy / 2;
      zoom(apart(now) / apart(last), (now[0] + other[0]) / 2 - frame.left, (now[1] + other[1]) / 2 - frame.top);
    }
    picture.classList.add("moving");
    fingers.set(event.pointerId, now);
  });
  const released = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    picture.classList.remove("moving");
    if (event.type !== "pointerup" || fingers.size || moved >= 5) return;
    if (pressed) choose(Number(pressed.dataset.box), { move: false });
    else if (chosen !== null) choose(null);
  };
  picture.addEventListener("pointerup", released);
  picture.addEventListener("pointercancel", released);
  picture.addEventListener("dblclick", (event) => {
    const box = event.target.closest(".box");
    const b = box && Number(box.dataset.box);
    if (box && !boxes[b].members) surround(b, 2);
  });
  stage.addEventListener("wheel", (event) => {
    if (event.target.closest("#panel, #legend")) return;
    event.preventDefault();
    const frame = stage.getBoundingClientRect();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.shiftKey) { x -= (event.deltaY + event.deltaX) * unit; look(); }
    else zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.008 : 0.0016)), event.clientX - frame.left, event.clientY - frame.top);
  }, { passive: false });

  // ---- What is shown when the pointer, or the focus, rests on something ------------------------

  function explain(lines, cx, cy) {
    tip.replaceChildren(...lines.filter(Boolean).map((line, i) => html(i ? "span" : "b", {}, line)));
    tip.hidden = false;
    tip.style.left = tip.style.top = 0;
    const [w, h] = size();
    tip.style.left = `${Math.max(6, Math.min(cx + 14, w - tip.offsetWidth - 6))}px`;
    tip.style.top = `${cy + 18 + tip.offsetHeight > h ? Math.max(6, cy - tip.offsetHeight - 12) : cy + 18}px`;
  }
  const cutLong = (text) => text.length > 300 ? `${text.slice(0, 300)}…` : text;
  function aboutBox(b) {
    const box = boxes[b];
    const facts = (box.facts || []).filter(([name]) => name !== "name").slice(0, 6).map(([name, value]) => cutLong(`${name}: ${value}`));
    return [box.label, box.name, box.caption, ...facts,
      box.members ? "A group: click for its members" : "", box.cut ? "Cut off here: more lies behind it" : ""];
  }
  picture.addEventListener("pointerover", (event) => {
    if (fingers.size || event.pointerType === "touch") return;
    const frame = stage.getBoundingClientRect();
    const [px, py] = [event.clientX - frame.left, event.clientY - frame.top];
    const box = event.target.closest(".box");
    const line = event.target.closest(".line")?.line;
    if (box && shown.get(standing(chosen))?.[0] === Number(box.dataset.box)) tip.hidden = true; // the panel says it
    else if (box) explain(aboutBox(Number(box.dataset.box)), px, py);
    else if (line) explain([`${called(line.s)} → ${called(line.t)}`, line.role, line.kind], px, py);
    else tip.hidden = true;
  });
  picture.addEventListener("pointerleave", () => { tip.hidden = true; });
  picture.addEventListener("focusin", (event) => {
    const box = event.target.closest(".box");
    if (!box?.matches(":focus-visible")) return;
    const b = Number(box.dataset.box);
    const item = shown.get(b);
    if (!seen(item)) goTo(item);
    explain(aboutBox(b), x + item[1] * k, y + (item[2] + item[4] / 2) * k);
  });
  picture.addEventListener("focusout", () => { tip.hidden = true; });

  // ---- Keys ----------------------------------------------------------------------------------

  const KEYS = [["/", "search"], ["+ −", "closer, farther"], ["0", "all of it"], ["h", "what was asked about"], ["← → ↑ ↓", "move; on a box: to its neighbours"],
    ["Enter", "choose"], ["s", "surroundings of the chosen one"],
    ...(data.explore ? [["e", "expand the chosen one, or collapse it"], ["o", "open its page"]] : []), ["Esc", "let go, go back"]];
  find("keys").append(html("dl", {}, ...KEYS.flatMap(([key, what]) => [html("dt", {}, key), html("dd", {}, what)])));
  find("help").addEventListener("click", () => {
    find("keys").hidden = !find("keys").hidden;
    find("help").setAttribute("aria-expanded", !find("keys").hidden);
  });

  function neighbour(b, key) {
    const item = shown.get(b);
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const right = key === "ArrowRight";
      const others = view.lines.filter((line) => (right ? line.s : line.t) === b).map((line) => shown.get(right ? line.t : line.s));
      return others.sort((one, other) => Math.abs(one[2] - item[2]) - Math.abs(other[2] - item[2]))[0];
    }
    const down = key === "ArrowDown" ? 1 : -1;
    const column = view.items.filter((one) => Math.abs(one[1] - item[1]) < (one[3] + item[3]) / 2 && (one[2] - item[2]) * down > 0);
    return column.sort((one, other) => (one[2] - other[2]) * down)[0];
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) {
      if (event.key === "Escape" && event.target.closest("#panel")) picture.focus();
      return;
    }
    const box = event.target.closest?.(".box");
    const b = box ? Number(box.dataset.box) : null;
    if (event.key === "/") { search.focus(); search.select(); }
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-" || event.key === "−") zoom(0.8);
    else if (event.key === "0" || event.key === "f") fit();
    else if (event.key === "h") home();
    else if (event.key === "s" && chosen !== null && !boxes[chosen].members && !foldedInto.has(chosen)) surround(chosen, 2);
    else if (data.explore && event.key === "e" && chosen !== null && !boxes[chosen].members) { keepView(chosen); top.location = address(chosen)[0]; }
    else if (data.explore && event.key === "o" && chosen !== null && !boxes[chosen].members) top.location = ownPage(chosen);
    else if (event.key === "Escape") {
      if (!find("keys").hidden) find("help").click();
      else if (chosen !== null) { const item = shown.get(standing(chosen)); choose(null); drawn.get(item?.[0])?.focus({ preventScroll: true }); }
      else if (view.around) leave();
      else return;
    }
    else if (box && (event.key === "Enter" || event.key === " ")) { choose(b, { move: false }); tip.hidden = true; }
    else if (event.key.startsWith("Arrow") && event.target.closest("#picture")) {
      if (box) {
        const next = neighbour(b, event.key);
        if (next) { reachable(next[0]); drawn.get(next[0]).focus({ preventScroll: true }); }
      } else {
        x -= 90 * ((event.key === "ArrowRight") - (event.key === "ArrowLeft"));
        y -= 90 * ((event.key === "ArrowDown") - (event.key === "ArrowUp"));
        look();
      }
    } else return;
    event.preventDefault();
  });
  const acts = { in: () => zoom(1.25), out: () => zoom(0.8), fit, home };
  find("zoom").addEventListener("click", (event) => acts[event.target.closest("button")?.dataset.do]?.());

  // ---- The rest ------------------------------------------------------------------------------

  const dark = matchMedia("(prefers-color-scheme: dark)");
  find("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });

  const notes = data.note ? [html("b", {}, data.note)] : [];
  if (data.views.length && data.views[0].name === "Groups") {
    const most = data.views.length === 1;
    notes.push(`${data.note ? "; " : ""}${plural(data.count, "node")}, drawn as groups of those that are alike${most ? ": choose one for its members, and a member for its surroundings" : ""}`);
  }
  find("note").append(...notes);
  find("note").hidden = !notes.length;

  function legendEntry(text, look, kind, isAsked, isCut) {
    const shape = svg("rect", { class: "body", x: 2, y: 2, width: 24, height: 13, rx: kind === "artifact" ? 6 : kind === "context" ? 4 : 1.5 });
    return html("li", {}, svg("svg", { width: 28, height: 17, "aria-hidden": "true" },
      svg("g", { class: ["box", kind, look, isAsked && "asked", isCut && "cut"].filter(Boolean).join(" ") }, shape)), text);
  }
  const legend = data.legend.map((one) => legendEntry(...one));
  if (data.dashed.length)
    legend.push(html("li", {}, svg("svg", { width: 28, height: 17, "aria-hidden": "true" }, svg("g", { class: "line dashed" }, svg("path", { class: "thin", d: "M1 8.5H26" }))), data.dashed.join(", ")));
  find("legend").querySelector("ul").append(...legend);
  find("legend").hidden = !legend.length;
  if (size()[0] < 700) find("legend").open = false;

  for (const one of data.views) {
    const button = html("button", { type: "button", onclick: () => { before = one; show(one); home(); } }, one.name === "All" ? `All ${number(data.count)}` : `${one.items.length} groups`);
    button.view = one;
    find("views").append(button);
  }
  find("views").hidden = data.views.length < 2;

  before = data.views[0];
  show(before);
  home();
  new ResizeObserver(() => { drawMap(); const item = chosen !== null && shown.get(standing(chosen)); if (item && !seen(item)) goTo(item); }).observe(stage);
  if (data.explore) {
    document.documentElement.classList.add("explore");
    // The reader's choice of light and dark is that of the pages around it.
    const follow = () => { try { document.documentElement.dataset.theme = localStorage.getItem("graphstore-theme") || ""; } catch { /* that of the system */ } };
    follow();
    addEventListener("storage", follow);
    const kept = keptView();
    const b = kept && byKey.get(kept.key);
    if (b !== undefined && b !== null) {
      choose(b, { move: false });
      const item = shown.get(standing(b));
      if (item) { k = kept.k; x = kept.x - item[1] * k; y = kept.y - item[2] * k; look(); }
    }
  }
  const linked = () => { let key = ""; try { key = decodeURIComponent(location.hash.slice(1)); } catch { /* no key of ours */ } return byKey.get(key); };
  if (linked() !== undefined) choose(linked());
  addEventListener("hashchange", () => { const b = linked(); if (b !== undefined && b !== chosen) choose(b); });
  document.documentElement.dataset.ready = "";
})();
