// One order's events as a tree: each event under the one that caused it, with the time since the first, who told it, and what it says
// of money and reasons. Pure.

export type TimelineEvent = {
  readonly eventId: string;
  readonly eventType: string;
  readonly source: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly causationId: string | null;
  readonly data?: object;
};

/** The lines of the tree. An event whose cause is not among the events stands at the top. */
export function timelineTree(events: readonly TimelineEvent[]): string[] {
  const known = new Set(events.map(({ eventId }) => eventId));
  const effects = Map.groupBy(events, ({ eventId, causationId }) => (causationId !== null && causationId !== eventId && known.has(causationId) ? causationId : 'top'));
  const beganMs = Math.min(...events.map(({ timestamp }) => Date.parse(timestamp)));
  const rows: { label: string; sinceMs: number; source: string; note: string }[] = [];
  const add = (event: TimelineEvent, lead: string, branch: string, indent: string): void => {
    rows.push({ label: `${lead}${branch}${event.eventType}`, sinceMs: Date.parse(event.timestamp) - beganMs, source: event.source, note: noteOf(event.data ?? {}) });
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
  const sourceWidth = Math.max(...rows.map(({ source }) => source.length));
  return rows.map(({ label, sinceMs, source, note }) => `${label.padEnd(width)}  ${`${sinceMs} ms`.padStart(9)}  ${source.padEnd(sourceWidth)}  ${note}`.trimEnd());
}

/** What an event tells of money and of its reason, in the words of its data. */
function noteOf(data: { readonly amount?: unknown; readonly total?: unknown; readonly currency?: unknown; readonly reason?: unknown }): string {
  const { amount, total, currency, reason } = data;
  const money = amount ?? total;
  const code = typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : undefined;
  return [...(money === undefined ? [] : [money, currency]), code].filter((one) => typeof one === 'string').join(' ');
}
