/**
 * The story of one order: every event in the order of the log, with who did it at which attempt and because of what, who hears
 * it, which runs failed, and what was ignored and why. Pure.
 */
import { compareCursors } from '@commerce/event-log/event';
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import type { SignalMap } from '@commerce/event-log/extension';
import { outside } from '@commerce/events/inside';
import type { Inside } from '@commerce/events/inside';
import type { FailureView, IgnoredView, TimelineItemView } from './order-views.ts';
import { eventText, failureText, ignoredText } from './story.ts';
import type { ToldFailure } from './story.ts';

/** A line of the ledger. */
export interface Ignored {
  readonly handler: string;
  readonly eventId: string | null;
  readonly rule: string;
  readonly evidence: object;
  readonly recordedAt: Date;
}

/** A run that failed, with the event that it was for. */
export interface FailedRun extends ToldFailure {
  readonly eventId: string;
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
  /** What of their data is not shown. */
  readonly inside: Inside;
  readonly ignored: readonly Ignored[];
  readonly failed: readonly FailedRun[];
  readonly map: SignalMap;
  /** What the catalogue says of a type. */
  readonly describe: (type: string) => string | undefined;
  readonly after?: Cursor | undefined;
  readonly limit: number;
}

export function timelinePage({ events, inside, ignored, failed, map, describe, after, limit }: TimelineQuery): TimelinePage {
  const startMs = events[0]?.recordedAtMs ?? 0;
  const story = { byId: new Map(events.map((event) => [event.eventId, event])), describe };
  const ignoredView = ({ handler, rule, evidence, recordedAt }: Ignored): IgnoredView => ({
    handler, rule, evidence: { ...evidence }, offsetMs: recordedAt.getTime() - startMs, text: ignoredText(handler, rule, { ...evidence }),
  });
  const following = after === undefined ? events : events.filter((event) => compareCursors(event.cursor, after) > 0);
  const page = following.slice(0, limit);
  return {
    items: page.map((event) => ({
      eventId: event.eventId, eventType: event.type, eventVersion: event.version, origin: event.origin, source: event.source,
      sequence: event.sequence, timestamp: event.occurredAt, recordedAt: new Date(event.recordedAtMs).toISOString(),
      offsetMs: event.recordedAtMs - startMs, correlationId: event.correlationId, causationId: event.causationId, data: outside(inside, event).data,
      handler: event.handler ?? null, attempt: event.attempt ?? null, text: eventText(event, story),
      handlers: [...(map[event.type] ?? [])],
      attempts: failed.filter((run) => run.eventId === event.eventId).map((run) => failureView(run, startMs)),
      ignored: ignored.filter((entry) => entry.eventId === event.eventId).map(ignoredView),
    })),
    ignored: ignored.filter((entry) => entry.eventId === null).map(ignoredView),
    last: following.length > limit ? page.at(-1)?.cursor : undefined,
  };
}

function failureView(run: FailedRun, startMs: number): FailureView {
  const { handler, attempt, error: { code, message }, failedAt, retryAt } = run;
  return { handler, attempt, error: { code, message }, failedAt: failedAt.toISOString(), retryAt: retryAt?.toISOString() ?? null, offsetMs: failedAt.getTime() - startMs, text: failureText(run) };
}

/** A place as text, and back; undefined for a text that is none. */
export function placeText({ epoch, txid, position }: Cursor): string {
  return `${epoch}.${txid}.${position}`;
}

export function placeOf(text: string): Cursor | undefined {
  const [epoch, txid, position] = text.split('.').map(Number);
  return epoch === undefined || txid === undefined || position === undefined ? undefined : { epoch, txid, position };
}
