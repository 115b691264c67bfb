/** What stands around a place or a way: where it comes from and where it goes. Pure. */
import type { Flow, FlowEdge, FlowNode } from './flow-data.ts';

export interface Around {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

/** What only hands on: beyond it one sees who tells and who hears. */
const HANDING_ON: ReadonlySet<FlowNode['kind']> = new Set(['bus', 'rule', 'queue', 'ingest']);

/** `focus`: id of a node or an edge. Undefined when there is none such. */
export function around({ nodes, edges }: Pick<Flow, 'nodes' | 'edges'>, focus: string): Around | undefined {
  const edge = edges.find(({ id }) => id === focus);
  if (edge !== undefined) return { nodes: new Set([edge.from, edge.to]), edges: new Set([edge.id]) };
  if (!nodes.some(({ id }) => id === focus)) return undefined;
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const found: FlowEdge[] = [];
  for (const [side, other] of [['to', 'from'], ['from', 'to']] as const) {
    const seen = new Set([focus]);
    for (let next = [focus]; next.length > 0;) {
      const here = edges.filter((one) => next.includes(one[side]));
      found.push(...here);
      next = here.map((one) => one[other]).filter((id) => !seen.has(id) && HANDING_ON.has(kinds.get(id) ?? 'extension'));
      for (const id of next) seen.add(id);
    }
  }
  return { nodes: new Set([focus, ...found.flatMap(({ from, to }) => [from, to])]), edges: new Set(found.map(({ id }) => id)) };
}

/** Ways that the map does not draw until one asks for what stands around one of their ends: every extension tells the log, and hears from it. */
export function isImplied({ kind, from, to }: FlowEdge, firstColumn: ReadonlySet<string>): boolean {
  if (from === to) return true;
  if (kind === 'all') return to === 'log' && from !== 'queue';
  if (from === 'queue') return to !== 'log' && kind !== 'dead';
  return from === 'clients' && !firstColumn.has(to);
}
