"use strict";

// A small layered layout, for what surrounds one box: layers from left to right behind all that
// lead to them, boxes ordered so that few lines cross, lines smooth and behind no box.
// `sizes` are heights by number, `arrows` pairs of numbers; the answer is in the unit of the sizes.
function layered(sizes, arrows, width, gap, rowGap) {
  const count = sizes.length;
  const leaving = sizes.map(() => []);
  const entering = sizes.map(() => []);
  arrows.forEach(([s, t]) => { if (s !== t) { leaving[s].push(t); entering[t].push(s); } });

  // Sources before targets where no circle forbids it: depth first, with a stack of our own.
  const seen = new Array(count).fill(false);
  const finished = [];
  const roots = [...sizes.keys()].sort((a, b) => (entering[a].length > 0) - (entering[b].length > 0) || a - b);
  for (const root of roots) {
    if (seen[root]) continue;
    seen[root] = true;
    const stack = [[root, 0]];
    while (stack.length) {
      const top = stack[stack.length - 1];
      const next = leaving[top[0]][top[1]++];
      if (next === undefined) { finished.push(top[0]); stack.pop(); }
      else if (!seen[next]) { seen[next] = true; stack.push([next, 0]); }
    }
  }
  const order = finished.reverse();
  const position = [];
  order.forEach((box, place) => { position[box] = place; });
  const rank = new Array(count).fill(0);
  for (const box of order)
    for (const next of leaving[box])
      if (position[next] > position[box]) rank[next] = Math.max(rank[next], rank[box] + 1);
  // What nothing leads to stands right before the first that it leads to.
  for (const box of [...order].reverse()) {
    if (entering[box].some((other) => position[other] < position[box])) continue;
    const after = leaving[box].filter((next) => position[next] > position[box]).map((next) => rank[next]);
    if (after.length) rank[box] = Math.min(...after) - 1;
  }

  // A line that passes layers gets a place of its own in each of them.
  const columns = [];
  const nodes = sizes.map((high, box) => ({ rank: rank[box], high, left: [], right: [], y: 0 }));
  const ways = arrows.map(([s, t]) => {
    if (rank[t] <= rank[s]) return null;
    const way = [nodes[s]];
    for (let layer = rank[s] + 1; layer < rank[t]; layer++) {
      const pass = { rank: layer, high: 4, left: [], right: [], y: 0 };
      nodes.push(pass);
      way.push(pass);
    }
    way.push(nodes[t]);
    for (let i = 1; i < way.length; i++) { way[i - 1].right.push(way[i]); way[i].left.push(way[i - 1]); }
    return way;
  });
  for (const node of nodes) {
    while (columns.length <= node.rank) columns.push([]);
    columns[node.rank].push(node);
  }

  const settle = (column) => column.forEach((node, place) => { node.place = place; });
  columns.forEach(settle);
  const mean = (of, key, otherwise) => of.length ? of.reduce((sum, one) => sum + one[key], 0) / of.length : otherwise;
  for (let sweep = 0; sweep < 10; sweep++) {
    const rightwards = sweep % 2 === 0;
    for (const column of rightwards ? columns : [...columns].reverse()) {
      column.forEach((node) => { node.wish = mean(rightwards ? node.left : node.right, "place", node.place); });
      column.sort((a, b) => a.wish - b.wish || a.place - b.place);
      settle(column);
    }
  }

  // Heights: each as near to its neighbours as the others of its column allow.
  for (const column of columns) {
    let y = 0;
    for (const node of column) { node.y = y + node.high / 2; y += node.high + rowGap; }
  }
  for (let round = 0; round < 24; round++) {
    const around = round % 3;
    for (const column of round % 2 ? [...columns].reverse() : columns) {
      const wishes = column.map((node) => mean(around === 0 ? node.left : around === 1 ? node.right : [...node.left, ...node.right], "y", node.y));
      let floor = -Infinity;
      column.forEach((node, i) => {
        node.y = Math.max(wishes[i], floor + node.high / 2);
        floor = node.y + node.high / 2 + rowGap;
      });
      const shift = wishes.reduce((sum, wish, i) => sum + wish - column[i].y, 0) / column.length;
      column.forEach((node) => { node.y += shift; });
    }
  }
  const top = Math.min(...nodes.map((node) => node.y - node.high / 2), 0);
  nodes.forEach((node) => { node.y -= top; });
  const middle = (layer) => layer * (width + gap) + width / 2;

  // Where lines leave and enter a side they spread, in the order of their other ends.
  const port = (node, others, other) => {
    const sorted = [...others].sort((a, b) => a.y - b.y);
    const step = Math.min(13, (node.high - 14) / Math.max(sorted.length, 1));
    return node.y + (sorted.indexOf(other) - (sorted.length - 1) / 2) * step;
  };
  const lines = arrows.map(([s, t], i) => {
    const way = ways[i];
    if (s === t) {
      const x = middle(rank[s]), y = nodes[s].y + nodes[s].high / 2;
      return { d: `M${x + 26} ${y}c0 26 -52 26 -52 0`, x, y: y + 22 };
    }
    if (!way) {
      const x1 = middle(rank[s]) + width / 2, x2 = middle(rank[t]) - width / 2;
      const [y1, y2] = [nodes[s].y, nodes[t].y];
      return { d: `M${x1} ${y1}C${x1 + 70} ${y1 + 60} ${x2 - 70} ${y2 + 60} ${x2} ${y2}`, x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 45 };
    }
    const points = way.map((node, j) => {
      if (j === 0) return [middle(node.rank) + width / 2, port(node, node.right, way[1])];
      if (j === way.length - 1) return [middle(node.rank) - width / 2, port(node, node.left, way[j - 1])];
      return [middle(node.rank), node.y];
    });
    let d = `M${points[0].join(" ")}`;
    for (let j = 1; j < points.length; j++) {
      let [x1, y1] = points[j - 1];
      let [x2, y2] = points[j];
      if (j > 1) { x1 += width / 2; d += `H${x1}`; }
      if (j < points.length - 1) x2 -= width / 2;
      const half = (x1 + x2) / 2;
      d += `C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
    }
    const [, y1] = points[points.length - 2];
    const [x2, y2] = points[points.length - 1];
    return { d, x: x2 - gap / 2, y: (y1 + y2) / 2 };
  });
  const bottom = Math.max(...nodes.map((node) => node.y + node.high / 2), 0);
  return {
    width: columns.length ? columns.length * (width + gap) - gap : 0,
    height: bottom,
    middles: sizes.map((_, box) => [middle(rank[box]), nodes[box].y]),
    lines,
  };
}
