/**
 * The story of one order: every event in the order of the log, with its cause, who hears it, and what was ignored and why.
 */
import { compareCursors } from '@commerce/event-log/event';
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import type { SignalMap } from '@commerce/event-log/extension';
import type { IgnoredView, TimelineItemView } from './order-views.ts';

/** A line of the ledger. */
export interface Ignored {
  readonly handler: string;
  readonly eventId: string | null;
  readonly rule: string;
  readonly evidence: object;
  readonly recordedAt: Date;
}

export interface TimelinePage {
  readonly items: TimelineItemView[];
  /** Notes that belong to no event, such as a timer that fell due too late. */
  readonly ignored: IgnoredView[];
  /** Place of the last item when more follow. */
  readonly last: Cursor | undefined;
}

export interface TimelineQuery {
  /** All events of the order, in the order of the log. */
  readonly events: readonly StoredEvent[];
  readonly ignored: readonly Ignored[];
  readonly map: SignalMap;
  readonly after?: Cursor | undefined;
  readonly limit: number;
}

export function timelinePage({ events, ignored, map, after, limit }: TimelineQuery): TimelinePage {
  const startMs = events[0]?.recordedAtMs ?? 0;
  const view = ({ handler, rule, evidence, recordedAt }: Ignored): IgnoredView => ({ handler, rule, evidence: { ...evidence }, offsetMs: recordedAt.getTime() - startMs });
  const following = after === undefined ? events : events.filter((event) => compareCursors(event.cursor, after) > 0);
  const page = following.slice(0, limit);
  return {
    items: page.map((event) => ({
      eventId: event.eventId, eventType: event.type, eventVersion: event.version, origin: event.origin, source: event.source,
      sequence: event.sequence, timestamp: event.occurredAt, recordedAt: new Date(event.recordedAtMs).toISOString(),
      offsetMs: event.recordedAtMs - startMs, correlationId: event.correlationId, causationId: event.causationId, data: event.data,
      handlers: [...(map[event.type] ?? [])],
      ignored: ignored.filter((entry) => entry.eventId === event.eventId).map(view),
    })),
    ignored: ignored.filter((entry) => entry.eventId === null).map(view),
    last: following.length > limit ? page.at(-1)?.cursor : undefined,
  };
}

/** A place as text, and back; undefined for a text that is none. */
export function placeText({ epoch, txid, position }: Cursor): string {
  return `${epoch}.${txid}.${position}`;
}

export function placeOf(text: string): Cursor | undefined {
  const [epoch, txid, position] = text.split('.').map(Number);
  return epoch === undefined || txid === undefined || position === undefined ? undefined : { epoch, txid, position };
}
