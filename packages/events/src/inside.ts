/** What an event says to those outside: without the members of its data that its entry keeps inside, in the log of the service that wrote it. Pure. */

/** Type → members of `data` that stay in the log. */
export type Inside = ReadonlyMap<string, readonly string[]>;

/** Of the entries of a catalogue, or what else says it as they do. */
export function insideOf(entries: readonly { readonly type: string; readonly inside?: readonly string[] | undefined }[]): Inside {
  return new Map(entries.flatMap(({ type, inside = [] }) => (inside.length === 0 ? [] : [[type, inside] as const])));
}

/** The event without them; the same one when it has none. */
export function outside<Event extends { readonly type: string; readonly data: unknown }>(inside: Inside, event: Event): Event {
  const members = inside.get(event.type);
  const data = event.data as Readonly<Record<string, unknown>>;
  if (members === undefined || !members.some((name) => Object.hasOwn(data, name))) return event;
  return { ...event, data: Object.fromEntries(Object.entries(data).filter(([name]) => !members.includes(name))) };
}
