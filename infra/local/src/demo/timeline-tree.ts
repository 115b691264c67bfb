// One order's events as a tree: each event under the one that caused it, with the time since the first. Pure.

export type TimelineEvent = {
  readonly eventId: string;
  readonly eventType: string;
  readonly source: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly causationId: string | null;
};

/** The lines of the tree. An event whose cause is not among the events stands at the top. */
export function timelineTree(events: readonly TimelineEvent[]): string[] {
  const known = new Set(events.map(({ eventId }) => eventId));
  const effects = Map.groupBy(events, ({ eventId, causationId }) => (causationId !== null && causationId !== eventId && known.has(causationId) ? causationId : 'top'));
  const beganMs = Math.min(...events.map(({ timestamp }) => Date.parse(timestamp)));
  const rows: { label: string; sinceMs: number; source: string }[] = [];
  const add = (event: TimelineEvent, lead: string, branch: string, indent: string): void => {
    rows.push({ label: `${lead}${branch}${event.eventType}`, sinceMs: Date.parse(event.timestamp) - beganMs, source: event.source });
    addAll(effects.get(event.eventId) ?? [], `${lead}${indent}`);
  };
  const addAll = (list: readonly TimelineEvent[], lead: string): void => {
    list.forEach((event, index) => {
      const last = index === list.length - 1;
      add(event, lead, last ? '└─ ' : '├─ ', last ? '   ' : '│  ');
    });
  };
  for (const event of effects.get('top') ?? []) add(event, '', '', '');
  const width = Math.max(...rows.map(({ label }) => label.length));
  return rows.map(({ label, sinceMs, source }) => `${label.padEnd(width)}  ${`${sinceMs} ms`.padStart(9)}  ${source}`);
}
