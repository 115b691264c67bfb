/**
 * The trace of a flow, told from what the log knows of it: each run of a handler, each event that leaves, each that arrives.
 *
 * An event carries the trace of the request that began it all (`metadata.traceparent`), and the log keeps who appended it on which
 * event. So the id of a span is made of what it is about (handler and event), and whoever stands behind it, in any process of either
 * service, knows the id of its parent without being told. Nothing is written for it, and an event without a trace has no spans.
 */
import { hash } from 'node:crypto';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { StoredEvent } from './event.ts';
import type { EventLog } from './log.pg.ts';
import type { JobNote, LogObserver } from './observer.ts';
import { hasEnded } from './observer.ts';
import type { StreamReader } from './stream.ts';

/** A span that is over; times in Unix milliseconds. */
export interface TracedSpan {
  readonly name: string;
  readonly kind: 'client' | 'producer' | 'consumer' | 'internal';
  /** Traceparent of what it is part of. */
  readonly parent: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly error?: string | undefined;
}

export type RecordSpan = (span: TracedSpan) => void;

/** What of an event says where its trace goes on. */
export type Origin = Pick<StoredEvent, 'origin' | 'causationId'> & { readonly handler: string | null; readonly traceparent: string };

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** The same with the flag of a trace that is kept. */
const KEPT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]$/;
const LENGTH = 55;
/** Where the id of the span stands. */
const [SPAN_FROM, SPAN_TO] = [36, 52];

/** Undefined for an event without a trace. Asked for every run, traced or not: so it is only looked at here, and judged where a span is told. */
export function originOf({ origin, causationId, handler = null, metadata: { traceparent } }: Pick<StoredEvent, 'origin' | 'causationId' | 'handler' | 'metadata'>): Origin | undefined {
  return traceparent?.length === LENGTH ? { origin, causationId, handler, traceparent } : undefined;
}

/** The traceparent for what a run of this handler calls. Undefined for an event without a trace. */
export function runTraceparent(handler: string, event: StoredEvent): string | undefined {
  const origin = originOf(event);
  return origin && isSound(origin) ? withSpan(origin.traceparent, runSpan(handler, event.eventId)) : undefined;
}

/** The event's own traceparent; undefined when it has none, or none that is one. */
export function ownTraceparent(event: StoredEvent): string | undefined {
  const origin = originOf(event);
  return origin && isSound(origin) ? origin.traceparent : undefined;
}

/** The span of one call of many under `parent`, a traceparent that stands. `what` names the call for ever, so that its id can be known again. */
export function callSpan(parent: string, what: string): { readonly traceparent: string; readonly spanId: string } {
  const spanId = spanIdOf(what);
  return { traceparent: withSpan(parent, spanId), spanId };
}

/** Tells every run that has ended. */
export function tracingObserver(record: RecordSpan): LogObserver {
  return {
    wantsJobs: hasEnded,
    onJobs: (phase, extension, jobs) => {
      if (!hasEnded(phase)) return;
      for (const job of jobs) tellRun(record, extension, job);
    },
  };
}

function tellRun(record: RecordSpan, extension: string, { handler, eventId, eventType, subject, correlationId, attempt, startedAtMs, processingMs, error, retryAtMs, trace }: JobNote): void {
  if (trace === undefined || !isKept(trace)) return;
  const startMs = startedAtMs ?? 0;
  // The attempt that is recorded is the parent of what comes of it; those before it stand beside it.
  const isLast = error === null || retryAtMs === null;
  record({
    name: handler, kind: 'internal', parent: parentOf(eventId, trace), spanId: isLast ? runSpan(handler, eventId) : spanIdOf(`${handler} ${eventId} ${attempt}`),
    startMs, endMs: startMs + (processingMs ?? 0), ...(error !== null && { error: error.code }),
    attributes: { ...aboutEvent(eventId, eventType, correlationId), 'commerce.subject': subject, 'commerce.extension': extension, 'commerce.attempt': attempt },
  });
}

/** The same stream, which tells of each event that it has handed on. */
export function tracedStream(stream: StreamReader, record: RecordSpan, nowMs: () => number): StreamReader {
  return {
    ...stream,
    handle: async (events, signal) => {
      const startMs = nowMs();
      await stream.handle(events, signal);
      const endMs = nowMs();
      for (const event of events) {
        const origin = originOf(event);
        if (origin === undefined || !isKept(origin)) continue;
        const { eventId, type, correlationId } = event;
        record({ name: `publish ${type}`, kind: 'producer', parent: parentOf(eventId, origin), spanId: publishSpan(eventId), startMs, endMs, attributes: aboutEvent(eventId, type, correlationId) });
      }
    },
  };
}

/** What of the log is needed by what takes events in from outside. */
export type IntakeLog = Pick<EventLog, 'catalogue' | 'appendForeign'> & Partial<Pick<EventLog, 'isBehind'>>;

/** The same log for what takes events in from outside, which tells of each event that is in it now. */
export function tracedIntake(log: IntakeLog, record: RecordSpan, nowMs: () => number): IntakeLog {
  const tell = ({ eventId, eventType, correlationId, metadata: { traceparent } }: EventEnvelope, startMs: number, endMs: number): void => {
    if (traceparent === undefined || !isKept({ traceparent })) return;
    record({ name: `receive ${eventType}`, kind: 'consumer', parent: withSpan(traceparent, publishSpan(eventId)), spanId: receiveSpan(eventId), startMs, endMs, attributes: aboutEvent(eventId, eventType, correlationId) });
  };
  return {
    catalogue: log.catalogue,
    get isBehind() {
      return log.isBehind ?? false;
    },
    appendForeign: async (envelopes, note) => {
      const startMs = nowMs();
      const results = await log.appendForeign(envelopes, note);
      const endMs = nowMs();
      envelopes.forEach((envelope, index) => {
        if (results[index]?.kind === 'appended') tell(envelope, startMs, endMs);
      });
      return results;
    },
  };
}

/** What has brought the event into this log: its arrival, the run that appended it, or the request. */
function parentOf(eventId: string, { origin, causationId, handler, traceparent }: Origin): string {
  if (origin === 'foreign') return withSpan(traceparent, receiveSpan(eventId));
  return handler === null || handler.includes(':') || causationId === null ? traceparent : withSpan(traceparent, runSpan(handler, causationId));
}

function aboutEvent(eventId: string, eventType: string, correlationId: string): Record<string, string> {
  return { 'commerce.event_id': eventId, 'commerce.event_type': eventType, 'commerce.correlation_id': correlationId };
}

function runSpan(handler: string, eventId: string): string {
  return spanIdOf(`${handler} ${eventId}`);
}

function publishSpan(eventId: string): string {
  return spanIdOf(`publish ${eventId}`);
}

function receiveSpan(eventId: string): string {
  return spanIdOf(`receive ${eventId}`);
}

function spanIdOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16);
}

function isKept({ traceparent }: Pick<Origin, 'traceparent'>): boolean {
  return KEPT.test(traceparent);
}

function isSound({ traceparent }: Pick<Origin, 'traceparent'>): boolean {
  return TRACEPARENT.test(traceparent);
}

function withSpan(traceparent: string, spanId: string): string {
  return `${traceparent.slice(0, SPAN_FROM)}${spanId}${traceparent.slice(SPAN_TO)}`;
}
