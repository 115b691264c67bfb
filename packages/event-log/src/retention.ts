/**
 * How long events stay, as the table of topics says it; and what "past its retention" means.
 *
 * The age of an event is that of its id: partitions and deduplication go by it, too. Never less than 31 days, for an id of the
 * last 30 may come again and must be known. An event of a topic that the table does not have stays.
 */
import { TOPICS } from '@commerce/events/topics';

export const DAY_MS = 86_400_000;
/** One day more than the window in which a repetition is recognised. */
const LEAST_DAYS = 31;

/** Days by topic, for example those of `TOPICS`. */
export type Retention = Readonly<Record<string, number>>;

/** What the table of topics says, with the least that deduplication needs. */
export const RETENTION: Retention = Object.fromEntries(Object.entries(TOPICS).map(([topic, { retentionDays }]) => [topic, Math.max(LEAST_DAYS, retentionDays)]));

/** Events of this topic with a time before this one are past their retention, in Unix ms; undefined for a topic that nobody knows. */
export function endOfRetention(retention: Retention, topic: string, nowMs: number): number | undefined {
  const days = retention[topic];
  return days === undefined ? undefined : nowMs - Math.max(LEAST_DAYS, days) * DAY_MS;
}

/** Up to where the events of each topic were removed, Unix ms. */
export type Marks = ReadonlyMap<string, number>;

/** May an event of this topic and time be gone? Only where retention says that it removed it, and was right to. */
export function mayBeGone(retention: Retention, marks: Marks, topic: string, timeMs: number, nowMs: number): boolean {
  const end = endOfRetention(retention, topic, nowMs);
  const mark = marks.get(topic);
  return end !== undefined && mark !== undefined && timeMs < mark && mark <= end;
}
