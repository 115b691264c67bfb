/**
 * Where each place of the flow stands on the map. The business stands in columns from who begins to who ends, in the order of the list of
 * extensions; what an extension reaches outside stands above it; below all of them lies the log as one bar, below that what watches it; on
 * the right comes in what other services tell. Pure: the same flow gives the same map.
 */
import type { Flow, FlowNode } from './flow-data.ts';

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const NODE = { width: 168, height: 64 } as const;
const GAP_X = 36;
const PITCH = NODE.width + GAP_X;
const BAR_HEIGHT = 40;
const TOP_GAP = 64;
/** Between rows there is room for the ways that pass between them. */
const ROW_GAP = 46;

interface Cell {
  readonly column: number;
  readonly row: number;
}

/** Gives the boxes by id. */
export function placesOf({ nodes, edges, handlers }: Pick<Flow, 'nodes' | 'edges' | 'handlers'>): ReadonlyMap<string, Box> {
  const extensions = nodes.filter(({ kind }) => kind === 'extension');
  const watching = new Set(extensions.filter(({ id }) => isWatching(id, handlers)).map(({ id }) => id));
  const business = extensions.filter(({ id }) => !watching.has(id));
  const cells = businessCells(business, edges);
  const rows = 1 + Math.max(0, ...[...cells.values()].map(({ row }) => row));
  const last = Math.max(1, ...[...cells.values()].map(({ column }) => column));
  const right = last + 1;
  placeOutside(nodes, edges, cells);

  const boxes = new Map<string, Box>();
  const top = NODE.height + TOP_GAP;
  for (const [id, { column, row }] of cells) boxes.set(id, at(id, column, row === OUTSIDE ? 0 : top + row * (NODE.height + ROW_GAP)));
  const barY = top + rows * (NODE.height + ROW_GAP);
  for (const { id } of ofKind(nodes, 'clients')) boxes.set(id, at(id, 0, top));
  for (const { id } of ofKind(nodes, 'log')) boxes.set(id, { id, x: PITCH, y: barY, width: last * PITCH - GAP_X, height: BAR_HEIGHT });
  const belowY = barY + BAR_HEIGHT + ROW_GAP;
  belowTheLog(nodes, edges, watching).forEach((line, row) => line.forEach(({ id }, index) => boxes.set(id, at(id, 1 + index, belowY + row * (NODE.height + ROW_GAP)))));
  comingIn(nodes, edges).forEach(({ id }, index) => boxes.set(id, at(id, right, index === 0 ? 0 : top + (index - 1) * (NODE.height + ROW_GAP))));
  // Whatever has no place so far stands on the left, below the clients.
  nodes.filter(({ id }) => !boxes.has(id)).forEach(({ id }, index) => boxes.set(id, at(id, 0, top + (1 + index) * (NODE.height + ROW_GAP))));
  return boxes;
}

/** Above the business. */
const OUTSIDE = -1;

function at(id: string, column: number, y: number): Box {
  return { id, x: column * PITCH, y, ...NODE };
}

function ofKind(nodes: readonly FlowNode[], ...kinds: readonly string[]): FlowNode[] {
  return nodes.filter(({ kind }) => kinds.includes(kind));
}

function isWatching(id: string, handlers: Flow['handlers']): boolean {
  const own = handlers.filter(({ extension }) => `extension:${extension}` === id);
  return own.length > 0 && own.every(({ watches }) => watches);
}

/** One column further than whoever comes before it in the list and tells it something; each column from the top in the order of the list. */
function businessCells(business: readonly FlowNode[], edges: Flow['edges']): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const filled = new Map<number, number>();
  for (const { id } of business) {
    const before = edges.filter(({ kind, to, from }) => kind === 'signal' && to === id && from !== id).flatMap(({ from }) => cells.get(from)?.column ?? []);
    const column = 1 + Math.max(0, ...before);
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    cells.set(id, { column, row });
  }
  return cells;
}

/** Above who calls it; on its right when that is free and it does not stand in the first row. The ingest stands beside the provider. */
function placeOutside(nodes: readonly FlowNode[], edges: Flow['edges'], cells: Map<string, Cell>): void {
  const isFree = (cell: Cell): boolean => ![...cells.values()].some(({ column, row }) => column === cell.column && row === cell.row);
  const free = (from: number, step: number): Cell => {
    let column = from;
    while (!isFree({ column, row: OUTSIDE }) && column > 0) column += step;
    return { column: column > 0 ? column : from, row: OUTSIDE };
  };
  for (const { id } of ofKind(nodes, 'provider', 'service', 'mail')) {
    const caller = edges.filter(({ kind, to }) => kind === 'call' && to === id).map(({ from }) => cells.get(from)).find((cell) => cell !== undefined);
    if (caller === undefined) continue;
    const beside = { column: caller.column + 1, row: caller.row };
    cells.set(id, caller.row > 0 && isFree(beside) ? beside : free(caller.column, 1));
  }
  const provider = [...ofKind(nodes, 'provider')].flatMap(({ id }) => cells.get(id) ?? [])[0];
  for (const { id } of ofKind(nodes, 'ingest')) cells.set(id, free(provider?.column ?? 1, -1));
}

/** What watches the log, with where it leads; then what subscribes to the bus of this service. */
function belowTheLog(nodes: readonly FlowNode[], edges: Flow['edges'], watching: ReadonlySet<string>): FlowNode[][] {
  const fromLog = new Set(edges.filter(({ from, kind }) => from === 'log' && kind === 'bus').map(({ to }) => to));
  const buses = nodes.filter(({ id }) => fromLog.has(id));
  const reached = (from: readonly FlowNode[]): FlowNode[] => {
    const ids = new Set(from.map(({ id }) => id));
    const next = new Set(edges.filter((edge) => ids.has(edge.from) && edge.kind === 'bus').map(({ to }) => to));
    return nodes.filter(({ id, kind }) => next.has(id) && (kind === 'rule' || id.startsWith('target:')));
  };
  const rules = reached(buses);
  const watchers = nodes.filter(({ id }) => watching.has(id));
  // The webhooks last, so that their endpoints stand beside them.
  const leading = (id: string): number => (edges.some(({ from, to, kind }) => from === id && kind === 'call' && to === 'webhooks') ? 1 : 0);
  const first = [...buses, ...watchers.toSorted((one, other) => leading(one.id) - leading(other.id)), ...ofKind(nodes, 'webhooks')];
  return [first, [...rules, ...reached(rules).filter(({ id }) => id.startsWith('target:'))]].filter((line) => line.length > 0);
}

/** From the bus of another service down to the queue, and what could not be taken. */
function comingIn(nodes: readonly FlowNode[], edges: Flow['edges']): FlowNode[] {
  const services = new Set(ofKind(nodes, 'service').map(({ id }) => id));
  const buses = nodes.filter(({ id, kind }) => kind === 'bus' && edges.some(({ from, to }) => services.has(from) && to === id) && !edges.some(({ from, to }) => from === 'log' && to === id));
  const rules = ofKind(nodes, 'rule').filter(({ id }) => edges.some(({ from, to }) => from === id && to === 'queue'));
  return [...buses, ...rules, ...nodes.filter(({ id }) => id === 'queue'), ...ofKind(nodes, 'dead-letters')];
}
