/** A tree for a terminal, drawn with branches. Pure. */

export interface Node {
  /** 0 at the top; a node stands under the last one before it that is one less deep. */
  readonly depth: number;
  readonly text: string;
  /** Lines below its own. */
  readonly under: readonly string[];
}

export function treeLines(nodes: readonly Node[]): string[] {
  return nodes.flatMap(({ depth, text, under }, index) => {
    const before = `${branches(nodes, index, false)}${(nodes[index + 1]?.depth ?? 0) > depth ? '│  ' : '   '}`;
    return [`${branches(nodes, index, true)}${text}`, ...under.map((line) => `${before}${line}`)];
  });
}

/** What stands before a line of the tree: its own branch, or below it those that go on. */
function branches(nodes: readonly Node[], index: number, isOwn: boolean): string {
  const depth = nodes[index]?.depth ?? 0;
  let text = '';
  for (let level = 1; level <= depth; level += 1) {
    const next = nodes.slice(index + 1).find((node) => node.depth <= level);
    const goesOn = next?.depth === level;
    text += level === depth && isOwn ? (goesOn ? '├─ ' : '└─ ') : goesOn ? '│  ' : '   ';
  }
  return text;
}

export interface Caused {
  readonly eventId: string;
  readonly causationId: string | null;
}

/** Each event under the one that has caused it, in their order; one whose cause is not among them stands at the top. */
export function byCause<E extends Caused>(events: readonly E[]): { readonly depth: number; readonly event: E }[] {
  const ids = new Set(events.map(({ eventId }) => eventId));
  const causedBy = Map.groupBy(events, ({ eventId, causationId }) => (causationId !== null && causationId !== eventId && ids.has(causationId) ? causationId : ''));
  const seen = new Set<string>();
  const below = (cause: string, depth: number): { depth: number; event: E }[] => (causedBy.get(cause) ?? []).flatMap((event) => {
    if (seen.has(event.eventId)) return [];
    seen.add(event.eventId);
    return [{ depth, event }, ...below(event.eventId, depth + 1)];
  });
  return below('', 0);
}
