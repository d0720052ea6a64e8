// Everything that is asked about a graph and can be answered without a page: what to draw where, what is known of
// a node, what a query finds. Runs in a worker (or, for a small graph, beside the page); questions and answers are
// plain values.

import { toDot } from "./dot.ts";
import { type Agreement, Evaluator, type Knob, knobs } from "./evaluate.ts";
import { bundleEdges, pullHubs } from "./fewer.ts";
import { type Layout, layOut } from "./layout.ts";
import { type Graph, unpack } from "./model.ts";
import { overlayNames, type Paint, paint } from "./overlays.ts";
import { amountTexts, type Picture, picture } from "./picture.ts";
import { search } from "./query.ts";
import { nodesIn, Reach } from "./reach.ts";
import { Steps, type Times } from "./steps.ts";
import { countText, grouped, STYLE } from "./style.ts";
import { atTheLeft, type CodeLine, type Link, type Subject, subjectOf } from "./subject.ts";
import {
  collapse,
  firstOpen,
  groupOf,
  type Item,
  isGroup,
  layoutInput,
  outermostClosed,
  standsFor,
  type Visible,
} from "./visible.ts";

const MOST_HITS = 200;
const MOST_LINES = 3000;
const MOST_LISTED = 500;

/** What is wanted on screen. `open` has the places of groups; `overlay` is empty for none. */
export interface Wish {
  open: number[];
  control: boolean;
  hubs: boolean;
  overlay: string;
}

/** What is to be told apart from the rest. */
export type Light =
  | { by: "query"; text: string }
  | { by: "ancestors" | "descendants"; of: Item }
  | { by: "path"; from: Item; to: Item }
  | { by: "line"; file: string; line: number };

/** How many nodes are lit, and how many of them are in each drawn item. */
export interface Lit {
  count: number;
  items: Map<Item, number>;
  hits: Link[];
}

/**
 * What the page has to know of a graph before it asks anything. `controls` is the number of control edges and
 * `control` whether they are drawn at first: in a small graph, elsewhere on demand.
 */
export interface Opening {
  name: string;
  nodes: number;
  summary: string;
  open: number[];
  parents: number[];
  depth: number;
  controls: number;
  control: boolean;
  hasCode: boolean;
  isDiff: boolean;
  overlays: string[];
  overlay: string;
  backprop: Backprop | null;
}

/** Of a graph with gradients: how many steps there are, what can be set, and whether the page itself can compute it. */
export interface Backprop {
  steps: number;
  knobs: Knob[];
  computes: boolean;
}

/** The same boxes with other numbers. */
export interface Renumbered {
  picture: Picture;
  knobs: Knob[];
  agreement: Agreement | null;
}

export class GraphEngine {
  private readonly reach: Reach;
  private steps: Steps;
  private evaluator: Evaluator | null;
  private layout: Layout | null = null; // of the last view

  constructor(private graph: Graph) {
    this.reach = new Reach(graph);
    this.steps = new Steps(graph);
    this.evaluator = this.steps.isEmpty ? null : Evaluator.of(graph);
  }

  static async read(base64: string): Promise<GraphEngine> {
    return new GraphEngine(await unpack(base64));
  }

  opening(): Opening {
    const { name, nodes, edges, scopes, overlay } = this.graph;
    return {
      name,
      nodes: nodes.length,
      summary: this.summary(),
      open: [...firstOpen(this.graph, STYLE.open_limit)],
      parents: scopes.map(({ parent }) => parent),
      depth: scopes.reduce((most, { depth }) => Math.max(most, depth), 0),
      controls: edges.reduce((count, { control }) => count + Number(control), 0),
      control: nodes.length <= STYLE.open_limit,
      hasCode: nodes.some(({ source }) => source),
      isDiff: nodes.some(({ mark }) => mark === "added" || mark === "removed" || mark === "changed"),
      overlays: overlayNames(this.graph),
      overlay: overlay?.name ?? "",
      backprop: this.steps.isEmpty
        ? null
        : {
            steps: this.steps.all.length,
            knobs: knobs(this.graph),
            computes: this.evaluator !== null,
          },
    };
  }

  /** Returns what to draw and where. `progress` is told how much of it is arranged, 0 to 1. */
  view(wish: Wish, progress: (share: number) => void): { picture: Picture; paint: Paint | null } {
    const visible = this.visible(wish);
    const painted = this.painted(wish);
    this.layout = layOut(layoutInput(visible, amountTexts(visible, painted)), progress);
    return { picture: picture(visible, this.layout, painted), paint: painted };
  }

  /** Returns after how many steps the numbers of each drawn item are known. */
  times(open: number[]): Map<Item, Times> {
    return this.steps.times(this.items(open));
  }

  /** Returns a step in words, and the drawn item in which it happens. */
  step(place: number, open: number[]): { forward: boolean; item: Item; text: string } {
    const step = this.steps.all[place];
    return { forward: step.forward, item: this.items(open)[step.node], text: this.steps.text(step) };
  }

  /** Computes with other numbers for some nodes, and returns the last view with what comes of it. */
  compute(settings: [node: number, value: number][], wish: Wish): Renumbered {
    const given = new Map(settings);
    this.evaluator?.run(given);
    return this.renumbered(wish, this.evaluator?.check(given) ?? null);
  }

  /** Takes the numbers of another run of the same graph; null where it is not the same. */
  async renumber(packed: string, wish: Wish): Promise<Renumbered | null> {
    const graph = await unpack(packed);
    const same = graph.nodes.length === this.graph.nodes.length;
    if (!same || graph.nodes.some(({ id }, place) => id !== this.graph.nodes[place].id)) return null;
    this.graph = graph;
    this.steps = new Steps(graph);
    this.evaluator = Evaluator.of(graph);
    return this.renumbered(wish, null);
  }

  private renumbered(wish: Wish, agreement: Agreement | null): Renumbered {
    const layout = this.layout as Layout; // nothing is set before it is drawn
    return {
      picture: picture(this.visible(wish), layout, this.painted(wish)),
      knobs: knobs(this.graph),
      agreement,
    };
  }

  /** Returns what is wished for as DOT text. */
  dot(wish: Wish): string {
    return toDot(this.graph.name, this.visible(wish), this.painted(wish));
  }

  subject(item: Item): Subject {
    return subjectOf(this.graph, item);
  }

  /** Returns the groups around an item, the outermost first. */
  around(item: Item): number[] {
    const { scopes, nodes } = this.graph;
    const found: number[] = [];
    for (
      let at = isGroup(item) ? scopes[groupOf(item)].parent : nodes[item].scope;
      at >= 0;
      at = scopes[at].parent
    )
      found.unshift(at);
    return found;
  }

  /** Returns which nodes are lit, by the items that are drawn while the groups of `open` are open. */
  lit(light: Light, open: number[]): Lit {
    const nodes = this.lighted(light);
    const items = this.items(open);
    const found = new Map<Item, number>();
    for (const node of nodes) found.set(items[node], (found.get(items[node]) ?? 0) + 1);
    const hits = nodes.slice(0, MOST_HITS).map((item) => ({ item, text: this.graph.nodes[item].id }));
    return { count: nodes.length, items: found, hits };
  }

  /** Returns the user's lines that made nodes, with those around them, file by file. */
  code(): { file: string; lines: CodeLine[] }[] {
    const files = new Map<string, Map<number, CodeLine>>();
    let left = MOST_LINES;
    for (const { source } of this.graph.nodes) {
      if (!source || left <= 0) continue;
      const known = files.get(source.file) ?? new Map<number, CodeLine>();
      files.set(source.file, known);
      for (const [line, text] of source.context ?? [[source.line, source.text]]) {
        if (known.has(line)) continue;
        known.set(line, { line, text, nodes: 0 });
        left -= 1;
      }
      const own = known.get(source.line) ?? { line: source.line, text: source.text, nodes: 0 };
      known.set(source.line, { ...own, nodes: own.nodes + 1 });
    }
    return [...files].map(([file, lines]) => ({
      file,
      lines: atTheLeft([...lines.values()].sort((a, b) => a.line - b.line)),
    }));
  }

  /** Returns the names of the first nodes: what is left to read where nothing can be drawn. */
  names(): string[] {
    return this.graph.nodes.slice(0, MOST_LISTED).map(({ id, op }) => `${id} (${op})`);
  }

  private visible({ open, control, hubs }: Wish): Visible {
    const all = bundleEdges(collapse(this.graph, new Set(open), control));
    return hubs ? pullHubs(all, STYLE.hub_degree) : all;
  }

  private painted({ overlay, open }: Wish): Paint | null {
    return overlay ? paint(this.graph, overlay, this.items(open)) : null;
  }

  private items(open: number[]): Int32Array {
    return standsFor(this.graph, outermostClosed(this.graph.scopes, new Set(open)));
  }

  private lighted(light: Light): number[] {
    if (light.by === "query") return search(this.graph, light.text);
    if (light.by === "line") {
      const { file, line } = light;
      return this.graph.nodes.flatMap(({ source }, place) =>
        source?.file === file && source.line === line ? [place] : [],
      );
    }
    const inside = (item: Item) => nodesIn(this.graph, item);
    const found =
      light.by === "path"
        ? this.reach.between(inside(light.from), inside(light.to))
        : this.reach[light.by](inside(light.of));
    return [...found.keys()].filter((place) => found[place]);
  }

  /** Returns what the picture shows, in words. */
  private summary(): string {
    const { name, nodes, edges, scopes } = this.graph;
    const named = (kind: string) => nodes.filter((node) => node.kind === kind).slice(0, 8);
    const list = (kind: string) =>
      named(kind)
        .map(({ label }) => label)
        .join(", ");
    const outer = scopes.flatMap(({ parent, label }) => (parent < 0 ? [label] : [])).slice(0, 12);
    const parts = [
      `Dataflow graph ${name}: ${countText(nodes.length, "node")}, ${countText(edges.length, "edge")}, ` +
        `${grouped(scopes.length)} groups.`,
      list("input") && `Inputs: ${list("input")}.`,
      list("output") && `Outputs: ${list("output")}.`,
      outer.length ? `Outermost groups: ${outer.join(", ")}.` : "",
    ];
    return parts.filter(Boolean).join(" ");
  }
}
