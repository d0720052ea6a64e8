// Horizontal positions for ordered ranks, by Brandes and Koepf ("Fast and Simple Horizontal Coordinate
// Assignment", Graph Drawing 2001). Twin of tfkit/drawing/coordinates.py, step by step.

type Layers = number[][];

const pair = (upper: number, lower: number) => `${upper},${lower}`;

/**
 * Returns the middle x of every vertex.
 *
 * @param layers vertices of each rank from left to right
 * @param above for each vertex its neighbours one rank up
 * @param below for each vertex its neighbours one rank down
 * @param widths width of each vertex in px, even
 * @param gaps room beside each vertex in px, even; between two vertices lies the mean of theirs
 * @param real vertices from this number on are bends of wires, which should be straight before all else
 */
export function horizontal(
  layers: Layers,
  above: number[][],
  below: number[][],
  widths: number[],
  gaps: number[],
  real: number,
): number[] {
  if (!widths.length) return [];
  const barred = barredPairs(layers, above, real);
  const found: number[][] = [];
  for (const upward of [false, true]) {
    const ranks = upward ? [...layers].reverse() : layers;
    const near = upward ? below : above;
    for (const rightward of [false, true]) {
      const faced = rightward ? ranks.map((layer) => [...layer].reverse()) : ranks;
      const x = packed(faced, blocks(faced, near, barred), widths, gaps);
      found.push(rightward ? x.map((value) => 0 - value) : x);
    }
  }
  return balanced(found);
}

/** Returns the (upper, lower) pairs that cross a wire passing straight through both ranks. */
function barredPairs(layers: Layers, above: number[][], real: number): Set<string> {
  const barred = new Set<string>();
  for (let rank = 0; rank + 1 < layers.length; rank++) {
    const [upper, lower] = [layers[rank], layers[rank + 1]];
    const place = new Map(upper.map((vertex, index) => [vertex, index]));
    let [start, left] = [0, -1];
    lower.forEach((vertex, index) => {
      const inner = vertex >= real ? above[vertex].find((source) => source >= real) : undefined;
      if (inner === undefined && index < lower.length - 1) return;
      const right = inner === undefined ? upper.length : (place.get(inner) as number);
      for (const passed of lower.slice(start, index + 1)) {
        for (const source of above[passed]) {
          const at = place.get(source) as number;
          if (!(left <= at && at <= right) && !(passed >= real && source >= real))
            barred.add(pair(source, passed));
        }
      }
      [start, left] = [index + 1, right];
    });
  }
  return barred;
}

/** Returns for each vertex the first vertex of the straight line it stands in. */
function blocks(layers: Layers, near: number[][], barred: Set<string>): number[] {
  const count = layers.reduce((total, layer) => total + layer.length, 0);
  const root = Array.from({ length: count }, (_, vertex) => vertex);
  const aligned = [...root];
  const place = new Array<number>(count).fill(0);
  for (const layer of layers) {
    layer.forEach((vertex, index) => {
      place[vertex] = index;
    });
  }
  for (const layer of layers) {
    let last = -1;
    for (const vertex of layer) {
      const sources = [...near[vertex]].sort((a, b) => place[a] - place[b]);
      const from = Math.max(0, Math.floor((sources.length - 1) / 2));
      for (const source of sources.slice(from, Math.floor(sources.length / 2) + 1)) {
        const free = aligned[vertex] === vertex && last < place[source];
        if (free && !barred.has(pair(source, vertex)) && !barred.has(pair(vertex, source))) {
          aligned[source] = vertex;
          root[vertex] = root[source];
          aligned[vertex] = root[source];
          last = place[source];
        }
      }
    }
  }
  return root;
}

/** Returns positions with every line as far left as it goes, then as far right as that costs nothing. */
function packed(layers: Layers, root: number[], widths: number[], gaps: number[]): number[] {
  const after = root.map(() => new Map<number, number>());
  const missing = new Array<number>(root.length).fill(0);
  for (const layer of layers) {
    for (let index = 0; index + 1 < layer.length; index++) {
      const [left, right] = [layer[index], layer[index + 1]];
      const room =
        Math.floor((widths[left] + widths[right]) / 2) + Math.floor((gaps[left] + gaps[right]) / 2);
      const [a, b] = [root[left], root[right]];
      if (!after[a].has(b)) missing[b] += 1;
      after[a].set(b, Math.max(after[a].get(b) ?? 0, room));
    }
  }
  const order = root
    .map((_, vertex) => vertex)
    .filter((vertex) => !missing[vertex] && root[vertex] === vertex);
  const x = new Array<number>(root.length).fill(0);
  // `order` grows while it is walked.
  for (let index = 0; index < order.length; index++) {
    for (const [right, room] of after[order[index]]) {
      x[right] = Math.max(x[right], x[order[index]] + room);
      missing[right] -= 1;
      if (!missing[right]) order.push(right);
    }
  }
  for (const block of order.reverse()) {
    let least = Number.POSITIVE_INFINITY;
    for (const [right, room] of after[block]) least = Math.min(least, x[right] - room);
    if (after[block].size) x[block] = Math.max(x[block], least);
  }
  return root.map((block) => x[block]);
}

/** Returns the mean of the middle two layouts, after shifting all to the sides of the narrowest. */
function balanced(found: number[][]): number[] {
  const spans = found.map((x) => [lowest(x), -lowest(x.map((value) => -value))]);
  const [low, high] = spans.reduce((best, span) => (span[1] - span[0] < best[1] - best[0] ? span : best));
  const shifts = spans.map(([a, b], index) => (index % 2 ? high - b : low - a));
  return found[0].map((_, vertex) => {
    const values = found.map((x, index) => x[vertex] + shifts[index]).sort((a, b) => a - b);
    return Math.floor((values[1] + values[2]) / 2);
  });
}

/** Math.min(...values) without a limit to their number. */
function lowest(values: number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}
