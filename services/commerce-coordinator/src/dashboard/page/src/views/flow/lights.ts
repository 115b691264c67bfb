/** Which ways an event takes, for what is shown as it happens. Pure. */
import type { FlowEdge } from './flow-data.ts';

export interface Passing {
  readonly eventType: string;
  readonly origin: 'own' | 'foreign';
}

/** From whom an event of others comes, and over what; all else is told here. */
const isFromOutside = ({ kind, from, to }: FlowEdge): boolean => from === 'queue' || to === 'queue' || (kind === 'bus' && !from.startsWith('log') && from !== 'log') || (from === 'clients' && kind === 'signal');

export function waysByType(edges: readonly FlowEdge[]): (event: Passing) => readonly string[] {
  const own = new Map<string, string[]>();
  const foreign = new Map<string, string[]>();
  for (const edge of edges) {
    if (edge.kind === 'request' || edge.kind === 'dead' || edge.from === edge.to) continue;
    const [by, also] = edge.from === 'log' || edge.kind === 'call' ? [own, foreign] : isFromOutside(edge) ? [foreign, undefined] : [own, undefined];
    for (const type of edge.types) for (const index of [by, also]) index?.set(type, [...(index.get(type) ?? []), edge.id]);
  }
  return ({ eventType, origin }) => (origin === 'own' ? own : foreign).get(eventType) ?? [];
}

/** How many events took each way. */
export function lit(waysOf: (event: Passing) => readonly string[], events: readonly Passing[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) for (const id of waysOf(event)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

const MOST_DOTS = 3;

/** Dots that stand for so many events at once: a few for many, so that 500 a second cost no more than 5. `room`: how many there may be yet. */
export function dotsFor(count: number, room: number): number {
  return Math.max(0, Math.min(room, MOST_DOTS, 1 + Math.floor(Math.log2(Math.max(1, count)) / 2)));
}
