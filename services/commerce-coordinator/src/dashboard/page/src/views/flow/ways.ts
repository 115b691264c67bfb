/** How the ways run between the places: out of which side, through which gap, and where their figures stand. Pure. */
import type { FlowEdge } from './flow-data.ts';
import type { Box } from './places.ts';

export interface Way {
  /** As of an SVG path, in the coordinates of the map. */
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number };
  /** There is room for few words at it. */
  readonly isShort: boolean;
}

type Side = 'left' | 'right' | 'top' | 'bottom';
type Point = readonly [x: number, y: number];

interface Sided {
  readonly edge: FlowEdge;
  readonly from: Box;
  readonly to: Box;
  readonly out: Side;
  readonly into: Side;
  /** Runs through the gap above or below its row, in one lane of it. */
  readonly isArc: boolean;
}

const SHORT = 60;
const ROUND = 9;
const FIRST_LANE = 12;
const LANE = 8;

/** By the id of the edge. An edge from a place to itself, or to one that is not on the map, has none. */
export function waysOf(edges: readonly FlowEdge[], boxes: ReadonlyMap<string, Box>): ReadonlyMap<string, Way> {
  const all = edges.flatMap((edge) => sided(edge, boxes) ?? []);
  const ports = portsOf(all);
  const lanes = lanesOf(all.filter(({ isArc }) => isArc));
  const labels: Point[] = [];
  return new Map(all.map((one) => {
    const start = ports.get(portKey(one.edge.id, 'out')) ?? [0, 0];
    const end = ports.get(portKey(one.edge.id, 'into')) ?? [0, 0];
    const { path, along } = one.isArc ? arc(start, end, one.out, lanes.get(one.edge.id) ?? 0) : curve(start, end, one);
    const [x, y] = labelAt(along, labels, boxes);
    // What has never been used shows no figures, so it takes no room.
    if (one.edge.isUsed !== false && one.edge.kind !== 'dead') labels.push([x, y]);
    return [one.edge.id, { path, label: { x, y }, isShort: Math.hypot(end[0] - start[0], end[1] - start[1]) < SHORT }];
  }));
}

/** A line, and the point at a part of it, from 0 to 1. */
interface Line {
  readonly path: string;
  readonly along: (part: number) => Point;
}

const PARTS = [0.5, 0.38, 0.62, 0.26, 0.74];
const SHIFTS = [0, -18, 18];
const LABEL = { width: 50, height: 17 };

/** The first place on the line, or beside it, that no other label and no box has; else the middle. */
function labelAt(along: Line['along'], labels: readonly Point[], boxes: ReadonlyMap<string, Box>): Point {
  const isFree = ([x, y]: Point): boolean => !labels.some(([otherX, otherY]) => Math.abs(otherX - x) < LABEL.width && Math.abs(otherY - y) < LABEL.height)
    && ![...boxes.values()].some((box) => x > box.x - 8 && x < box.x + box.width + 8 && y > box.y - 6 && y < box.y + box.height + 6);
  const candidates = SHIFTS.flatMap((shift) => PARTS.map((part): Point => {
    const [x, y] = along(part);
    return [x, y + shift];
  }));
  return candidates.find(isFree) ?? along(0.5);
}

function sided(edge: FlowEdge, boxes: ReadonlyMap<string, Box>): Sided | undefined {
  const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
  if (from === undefined || to === undefined || from.id === to.id) return undefined;
  const made = (out: Side, into: Side, isArc = false): Sided => ({ edge, from, to, out, into, isArc });
  const isBar = from.width !== to.width;
  const overlaps = from.x < to.x + to.width && to.x < from.x + from.width;
  // Past what stands between them.
  if (!isBar && from.x === to.x && Math.abs(from.y - to.y) > from.height * 2.5) return made('right', 'right');
  if (overlaps) return from.y < to.y ? made('bottom', 'top') : made('top', 'bottom');
  const isForward = from.x < to.x;
  const apart = Math.abs(from.x - to.x);
  if (!isBar && Math.abs(from.y - to.y) < 1 && apart > from.width * 2) return isForward ? made('top', 'top', true) : made('bottom', 'bottom', true);
  return isForward ? made('right', 'left') : made('left', 'right');
}

/** Each end of an edge has a place of its own on its side, so that edges do not cross at the box. */
function portsOf(all: readonly Sided[]): ReadonlyMap<string, Point> {
  const sides = new Map<string, { readonly box: Box; readonly side: Side; readonly ends: { readonly key: string; readonly towards: Point }[] }>();
  const add = (box: Box, side: Side, key: string, other: Box): void => {
    const name = `${box.id} ${side}`;
    const found = sides.get(name) ?? { box, side, ends: [] };
    found.ends.push({ key, towards: centre(other) });
    sides.set(name, found);
  };
  for (const { edge, from, to, out, into } of all) {
    add(from, out, portKey(edge.id, 'out'), to);
    add(to, into, portKey(edge.id, 'into'), from);
  }
  const ports = new Map<string, Point>();
  for (const { box, side, ends } of sides.values()) {
    const isLevel = side === 'top' || side === 'bottom';
    const along = isLevel ? 0 : 1;
    const sorted = ends.toSorted((one, other) => one.towards[along] - other.towards[along] || (one.key < other.key ? -1 : 1));
    sorted.forEach(({ key, towards }, index) => ports.set(key, portAt(box, side, isLevel && box.width > 300 ? towards[0] : undefined, (index + 1) / (sorted.length + 1))));
  }
  return ports;
}

/** `x`: on a bar, straight below or above the other end. */
function portAt({ x, y, width, height }: Box, side: Side, straightX: number | undefined, share: number): Point {
  if (side === 'left') return [x, y + height * share];
  if (side === 'right') return [x + width, y + height * share];
  const atX = straightX === undefined ? x + width * (0.12 + 0.76 * share) : Math.min(x + width - 12, Math.max(x + 12, straightX));
  return [atX, side === 'top' ? y : y + height];
}

/** Arcs of one row and side that overlap have lanes of their own; the shortest is the nearest. */
function lanesOf(arcs: readonly Sided[]): ReadonlyMap<string, number> {
  const lanes = new Map<string, number>();
  const taken: { readonly row: string; readonly lane: number; readonly span: Point }[] = [];
  const spanOf = ({ from, to }: Sided): Point => [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const length = (one: Sided): number => spanOf(one)[1] - spanOf(one)[0];
  for (const one of arcs.toSorted((a, b) => length(a) - length(b) || (a.edge.id < b.edge.id ? -1 : 1))) {
    const row = `${one.from.y} ${one.out}`;
    const [begin, end] = spanOf(one);
    const isTaken = (lane: number): boolean => taken.some((other) => other.row === row && other.lane === lane && begin < other.span[1] && other.span[0] < end);
    let lane = 0;
    while (isTaken(lane)) lane += 1;
    taken.push({ row, lane, span: [begin, end] });
    lanes.set(one.edge.id, lane);
  }
  return lanes;
}

/** Out of the side, along the gap, and back to the side, with round corners. */
function arc([x1, y1]: Point, [x2, y2]: Point, side: Side, lane: number): Line {
  const up = side === 'top' ? -1 : 1;
  const y = y1 + up * (FIRST_LANE + lane * LANE);
  const right = x2 > x1 ? 1 : -1;
  const round = Math.min(ROUND, FIRST_LANE + lane * LANE);
  return {
    path: `M${x1},${y1} V${y - up * round} Q${x1},${y} ${x1 + right * round},${y} H${x2 - right * round} Q${x2},${y} ${x2},${y - up * round} V${y2}`,
    along: (part) => [x1 + (x2 - x1) * part, y],
  };
}

function curve(start: Point, end: Point, { out, into }: Sided): Line {
  const length = Math.abs(out === 'left' || out === 'right' ? end[0] - start[0] : end[1] - start[1]) / 2;
  const bend = out === into ? PAST : Math.max(16, length);
  const [c1, c2] = [towards(start, out, bend), towards(end, into, bend)];
  const at = (part: number, axis: 0 | 1): number => (1 - part) ** 3 * start[axis] + 3 * (1 - part) ** 2 * part * c1[axis] + 3 * (1 - part) * part ** 2 * c2[axis] + part ** 3 * end[axis];
  return { path: `M${start[0]},${start[1]} C${c1[0]},${c1[1]} ${c2[0]},${c2[1]} ${end[0]},${end[1]}`, along: (part) => [at(part, 0), at(part, 1)] };
}

/** How far a line goes out that passes others of its column. */
const PAST = 34;

function towards([x, y]: Point, side: Side, by: number): Point {
  if (side === 'left') return [x - by, y];
  if (side === 'right') return [x + by, y];
  return [x, side === 'top' ? y - by : y + by];
}

function centre({ x, y, width, height }: Box): Point {
  return [x + width / 2, y + height / 2];
}

function portKey(edgeId: string, end: 'out' | 'into'): string {
  return `${end} ${edgeId}`;
}
