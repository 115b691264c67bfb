/** Whether the story of an order is whole: every cause is in it, and its versions follow one another. Pure. */
export interface Link {
  readonly eventId: string;
  readonly eventType: string;
  readonly origin: 'own' | 'foreign';
  readonly source: string;
  readonly sequence: number | null;
  readonly causationId: string | null;
}

export interface Chain {
  readonly isWhole: boolean;
  /** One sentence. */
  readonly text: string;
  /** Causes that are not among the events of this order: they stand with another subject, or are missing. */
  readonly elsewhere: readonly string[];
}

const PLACED = 'OrderCreated';

/** `events`: all of the order, in the order of the log. */
export function chainOf(events: readonly Link[]): Chain {
  const ids = new Set<string>();
  const elsewhere: string[] = [];
  const early: string[] = [];
  const all = new Set(events.map(({ eventId }) => eventId));
  for (const { eventId, eventType, causationId } of events) {
    if (causationId !== null && !all.has(causationId)) elsewhere.push(causationId);
    else if (causationId !== null && !ids.has(causationId)) early.push(eventType);
    ids.add(eventId);
  }
  const gaps = versionGaps(events);
  const faults = [
    ...(events.some(({ eventType }) => eventType === PLACED) ? [] : ['the event that placed it is not there']),
    ...(early.length === 0 ? [] : [`${early.join(', ')} ${early.length === 1 ? 'stands' : 'stand'} before ${early.length === 1 ? 'its cause' : 'their causes'}`]),
    ...gaps,
  ];
  if (faults.length > 0) return { isWhole: false, text: `Not whole: ${faults.join('; ')}.`, elsewhere };
  const causes = elsewhere.length === 0 ? 'every cause is among them' : `${elsewhere.length === 1 ? 'one cause stands' : `${elsewhere.length} causes stand`} elsewhere in the log, all others are among them`;
  return { isWhole: true, text: `Whole: ${events.length} events, ${causes}, and no version is missing.`, elsewhere };
}

/** The versions that one source gave: several events of one decision may share one, none may be left out. */
function versionGaps(events: readonly Link[]): string[] {
  const bySource = Map.groupBy(events.filter(({ origin, sequence }) => origin === 'own' && sequence !== null), ({ source }) => source);
  return [...bySource].flatMap(([source, own]) => {
    const versions = [...new Set(own.map(({ sequence }) => sequence as number))].toSorted((a, b) => a - b);
    const missing = versions.flatMap((version, index) => (index > 0 && version !== (versions[index - 1] ?? 0) + 1 ? [`${source} goes from version ${versions[index - 1]} to ${version}`] : []));
    return missing;
  });
}
