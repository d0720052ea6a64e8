// The graph as the page knows it, and how it is read from the wire. Mirror of tfkit/graph.py and
// tfkit/wire.py; both sides are tested with tests/fixtures/graph_v1.json.

export const MIME_TYPE = "application/vnd.tfkit.graph+json";
const VERSION = 1;

export type Kind = "op" | "layer" | "variable" | "constant" | "input" | "output" | "function" | "scope";
export type ScopeKind = "name" | "layer" | "function" | "auxiliary" | "group" | "part" | "repeat";

/** What became of a node or an edge, in a run or between two graphs. */
export type Mark = "" | "ran" | "not run" | "failed" | "added" | "removed" | "changed";

export type Attribute = null | boolean | number | string | Attribute[] | { [key: string]: Attribute };
export type Attributes = { [key: string]: Attribute };

/**
 * A tensor's numbers; a float that JSON cannot hold is a word ("NaN"), one that is not known is null.
 * `histogram` counts the finite ones in equal bins, `picture` is rows of hexadecimal digits (gray levels).
 */
export interface Summary {
  size: number;
  text: string;
  minimum: number | string | null;
  maximum: number | string | null;
  mean: number | string | null;
  std: number | string | null;
  nan: number;
  infinite: number;
  histogram?: number[];
  picture?: string[];
}

export interface Output {
  shape: (number | null)[] | null;
  dtype: string;
  device?: string;
  value?: Summary;
  gradient?: Summary;
}

/** The user's line; `context` is it and the lines around it, with their numbers. */
interface Source {
  file: string;
  line: number;
  text: string;
  context?: [number, string][];
}

/** What an operation took in one run, null where not measured. */
export interface Cost {
  seconds: number | null;
  bytes: number | null;
}

/**
 * `scope` is a place in `Graph.scopes`, or -1 on the outermost level. `was` is what stood in the box of a node
 * that changed between two graphs.
 */
export interface Node {
  id: string;
  op: string;
  label: string;
  scope: number;
  kind: Kind;
  outputs: Output[];
  attributes: Attributes;
  source: Source | null;
  members: number;
  mark: Mark;
  note: string;
  cost: Cost | null;
  was: string[];
}

/**
 * `source` and `target` are places in `Graph.nodes`; `count` is the number of tensors an edge stands for. Backwards
 * an edge carries `gradient`, its share in that of the source: `local`, the derivative of the target by this input,
 * times the gradient of the target.
 */
export interface Edge {
  source: number;
  target: number;
  sourceOutput: number;
  targetInput: number;
  control: boolean;
  mark: Mark;
  count: number;
  local: Summary | null;
  gradient: Summary | null;
}

/** `path` is the names from the outermost inwards, joined by slashes; `depth` counts from 1. */
export interface Scope {
  name: string;
  path: string;
  parent: number;
  depth: number;
  kind: ScopeKind;
  label: string;
  attributes: Attributes;
}

/** One number for each node, null where there is none; `how` says what groups make of those of their members. */
export interface Overlay {
  name: string;
  unit: string;
  how: "sum" | "most" | "norm";
  values: (number | null)[];
}

/** Parents stand before their children in `scopes`; `docs` is a line about each op and class, where there is one. */
export interface Graph {
  name: string;
  nodes: Node[];
  edges: Edge[];
  scopes: Scope[];
  overlay: Overlay | null;
  docs: Map<string, string>;
}

/** Without `index` all have the one entry of `table`. */
interface Column<T> {
  table: T[];
  index?: number[];
}

type WrittenSource = [file: string, line: number, text: string, context?: [number, string][]];

/** What tfkit/wire.py writes; older ones have no `docs`. */
export interface Wire {
  version: number;
  name: string;
  overlay?: Overlay;
  scopes: {
    name: string[];
    parent: number[];
    kind: ScopeKind[];
    label: string[];
    attributes: Column<Attributes>;
  };
  nodes: {
    id: (string | null)[];
    label: string[];
    op: Column<string>;
    scope: number[];
    kind: Column<Kind>;
    outputs: Column<Output[]>;
    attributes: Column<Attributes>;
    source: Column<WrittenSource | null>;
    members: Column<number>;
    mark: Column<Mark>;
    note: Column<string>;
    cost: Column<[number | null, number | null] | null>;
    was?: Column<string[]>;
  };
  edges: {
    source: number[];
    target: number[];
    source_output: Column<number>;
    target_input: Column<number>;
    control: Column<number>;
    mark: Column<Mark>;
    count?: Column<number>;
    local?: Column<Summary | null>;
    gradient?: Column<Summary | null>;
  };
  docs?: { [op: string]: string };
}

/** Returns the graph in the bytes of `Graph.to_wire()`, written in base64. */
export async function unpack(base64: string): Promise<Graph> {
  return decode(JSON.parse(await textOf(base64)));
}

/** Returns the JSON text of `Graph.to_dict()` in those bytes. */
export async function textOf(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** Returns the graph in the columns of `Graph.to_dict()`. */
export function decode(wire: Wire): Graph {
  if (wire?.version !== VERSION) {
    const found = JSON.stringify(wire?.version);
    throw new Error(
      `This is not a graph of version ${VERSION} (its version is ${found}): update tfkit-course.`,
    );
  }
  const scopes = readScopes(wire);
  return {
    name: wire.name,
    scopes,
    nodes: readNodes(wire, scopes),
    edges: readEdges(wire),
    overlay: wire.overlay ?? null,
    docs: new Map(Object.entries(wire.docs ?? {})),
  };
}

function readScopes({ scopes: columns }: Wire): Scope[] {
  const scopes: Scope[] = [];
  const attributes = values(columns.attributes, columns.name.length);
  columns.name.forEach((name, index) => {
    const parent = columns.parent[index];
    scopes.push({
      name,
      path: parent < 0 ? name : `${scopes[parent].path}/${name}`,
      parent,
      depth: parent < 0 ? 1 : scopes[parent].depth + 1,
      kind: columns.kind[index],
      label: columns.label[index],
      attributes: attributes[index],
    });
  });
  return scopes;
}

function readNodes({ nodes: columns }: Wire, scopes: Scope[]): Node[] {
  const count = columns.id.length;
  const ops = values(columns.op, count);
  const kinds = values(columns.kind, count);
  const outputs = values(columns.outputs, count);
  const attributes = values(columns.attributes, count);
  const sources = values(columns.source, count);
  const members = values(columns.members, count);
  const marks = values(columns.mark, count);
  const notes = values(columns.note, count);
  const costs = values(columns.cost, count);
  const was = columns.was ? values(columns.was, count) : [];
  const begins = prefixes(scopes);
  return columns.id.map((id, index) => {
    const [label, scope, cost] = [columns.label[index], columns.scope[index], costs[index]];
    return {
      id: id ?? (scope < 0 ? label : begins[scope] + label),
      op: ops[index],
      label,
      scope,
      kind: kinds[index],
      outputs: outputs[index],
      attributes: attributes[index],
      source: readSource(sources[index]),
      members: members[index],
      mark: marks[index],
      note: notes[index],
      cost: cost && { seconds: cost[0], bytes: cost[1] },
      was: was[index] ?? [],
    };
  });
}

/** Returns what ids begin with in each scope; a group that tfkit made has no part in the name. */
function prefixes(scopes: Scope[]): string[] {
  const found: string[] = [];
  for (const { parent, kind, name } of scopes)
    found.push((parent < 0 ? "" : found[parent]) + (isMade(kind) ? "" : `${name}/`));
  return found;
}

const MADE: ReadonlySet<ScopeKind> = new Set(["group", "part", "auxiliary", "repeat"]);

/** Whether tfkit made a group of this kind, so that it has no part in names. */
function isMade(kind: ScopeKind): boolean {
  return MADE.has(kind);
}

function readSource(source: WrittenSource | null): Source | null {
  if (!source) return null;
  const [file, line, text, context] = source;
  return context ? { file, line, text, context } : { file, line, text };
}

const NOTHING: Column<Summary | null> = { table: [null] };

function readEdges({ edges: columns }: Wire): Edge[] {
  const count = columns.source.length;
  const outputs = values(columns.source_output, count);
  const inputs = values(columns.target_input, count);
  const controls = values(columns.control, count);
  const marks = values(columns.mark, count);
  const counts = values(columns.count ?? { table: [1] }, count);
  const locals = values(columns.local ?? NOTHING, count);
  const gradients = values(columns.gradient ?? NOTHING, count);
  return columns.source.map((source, index) => ({
    source,
    target: columns.target[index],
    sourceOutput: outputs[index],
    targetInput: inputs[index],
    control: Boolean(controls[index]),
    mark: marks[index],
    count: counts[index],
    local: locals[index],
    gradient: gradients[index],
  }));
}

function values<T>({ table, index }: Column<T>, count: number): T[] {
  return index ? index.map((place) => table[place]) : new Array<T>(count).fill(table[0]);
}
