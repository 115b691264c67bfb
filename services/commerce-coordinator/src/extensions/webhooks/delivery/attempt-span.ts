/**
 * The span of one attempt, as part of the trace of its event: below the run of the fan-out that planned it. The endpoint is told the
 * span as `traceparent`, so that what it does hangs on it. Where nothing is traced here, it is told the trace that came with the event.
 */
import type { RecordSpan } from '@commerce/event-log/trace';
import { callSpan } from '@commerce/event-log/trace';
import type { Attempt, Lease } from './lease.ts';

export interface AttemptTraces {
  readonly record: RecordSpan;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** Begins now. Gives the delivery as it is sent, and how its end is told. Without `traces`, or for what is not traced, nothing is told. */
export function beginAttempt(traces: AttemptTraces | undefined, lease: Lease): { readonly sent: Lease; readonly ended: (attempt: Attempt) => void } {
  const { traceparent: parent, deliveryId } = lease;
  if (traces === undefined || parent === null) return { sent: lease, ended: () => undefined };
  const attempt = lease.attempt + 1;
  const { traceparent, spanId } = callSpan(parent, `deliver ${deliveryId} ${attempt}`);
  const startMs = traces.nowMs();
  return {
    sent: { ...lease, traceparent },
    ended: ({ status, error }) => traces.record({
      name: `deliver ${lease.name}`, kind: 'client', parent, spanId, startMs, endMs: traces.nowMs(), error: faultOf(status, error),
      attributes: {
        'commerce.event_id': lease.eventId, 'commerce.webhook_id': lease.endpointId, 'commerce.delivery_id': deliveryId, 'commerce.attempt': attempt, 'http.request.method': 'POST',
        ...(status !== null && { 'http.response.status_code': status }),
      },
    }),
  };
}

/** A short constant; undefined for an answer of the 200s that came to its end. */
function faultOf(status: number | null, error: string | null): string | undefined {
  if (error !== null) return error.split(':', 1)[0];
  return status !== null && status >= 200 && status < 300 ? undefined : String(status);
}
