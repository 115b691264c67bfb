/** The causes of an event and what came of it, as one tree, and how one walks it by keys. Pure. */

/** What of an event the tree needs. */
export interface TreeEvent {
  readonly eventId: string;
  readonly causationId: string | null;
  readonly timestamp: string;
}

/** cause: led to it. self: it. after: came of it. */
export type Relation = 'cause' | 'self' | 'after';

export interface TreeRow<Event> {
  readonly event: Event;
  /** 1: at the top. */
  readonly level: number;
  readonly relation: Relation;
  readonly hasChildren: boolean;
  /** Place of the row that caused it; undefined at the top. */
  readonly parent: number | undefined;
  /** Milliseconds since the first of the tree happened. */
  readonly afterMs: number;
}

export interface Story<Event> {
  readonly event: Event;
  /** The first cause first. */
  readonly causes: readonly Event[];
  /** As a tree read from its top; depth 1 is caused by the event itself. */
  readonly following: readonly (Event & { readonly depth: number })[];
}

/** Rows from the first cause downwards; an event stands below what caused it, one deeper. */
export function treeOf<Event extends TreeEvent>({ event, causes, following }: Story<Event>): TreeRow<Event>[] {
  const flat = [
    ...causes.map((one, index) => ({ event: one, level: index + 1, relation: 'cause' as const })),
    { event, level: causes.length + 1, relation: 'self' as const },
    ...following.map((one) => ({ event: one, level: causes.length + 1 + one.depth, relation: 'after' as const })),
  ];
  const startMs = Date.parse(flat[0]?.event.timestamp ?? '');
  const path: number[] = [];
  return flat.map((row, index) => {
    path.length = row.level - 1;
    const parent = path.at(-1);
    path[row.level - 1] = index;
    return { ...row, parent, hasChildren: (flat[index + 1]?.level ?? 0) > row.level, afterMs: Date.parse(row.event.timestamp) - startMs };
  });
}

/** Places of the rows that are to be seen while these, by their event's id, are folded. */
export function visibleRows(rows: readonly TreeRow<TreeEvent>[], folded: ReadonlySet<string>): number[] {
  const hidden = new Set<number>();
  return rows.flatMap((row, index) => {
    const { parent } = row;
    if (parent !== undefined && (hidden.has(parent) || folded.has(rows[parent]?.event.eventId ?? ''))) {
      hidden.add(index);
      return [];
    }
    return [index];
  });
}

export interface Walk {
  /** Place of the row that has the focus. */
  readonly at: number;
  readonly folded: ReadonlySet<string>;
}

/** What a key does, as in every tree: up, down, home, end; right unfolds or goes inside, left folds or goes up. Undefined for a key that does nothing. */
export function walked(rows: readonly TreeRow<TreeEvent>[], { at, folded }: Walk, key: string): Walk | undefined {
  const seen = visibleRows(rows, folded);
  const place = seen.indexOf(at);
  const row = rows[at];
  if (row === undefined || place === -1) return undefined;
  const to = (next: number | undefined): Walk => ({ at: next ?? at, folded });
  const id = row.event.eventId;
  switch (key) {
    case 'ArrowDown': return to(seen[place + 1]);
    case 'ArrowUp': return to(seen[place - 1]);
    case 'Home': return to(seen[0]);
    case 'End': return to(seen.at(-1));
    case 'ArrowRight':
      if (!row.hasChildren) return to(at);
      return folded.has(id) ? { at, folded: new Set([...folded].filter((one) => one !== id)) } : to(seen[place + 1]);
    case 'ArrowLeft':
      return row.hasChildren && !folded.has(id) ? { at, folded: new Set([...folded, id]) } : to(row.parent);
    default: return undefined;
  }
}
