/** The spans of a flow, from what the log knows of it. */
import { expect, test } from '@jest/globals';
import type { StoredEvent } from './event.ts';
import type { JobNote } from './observer.ts';
import { callSpan, originOf, ownTraceparent, runTraceparent, tracedIntake, tracedStream, tracingObserver } from './trace.ts';
import type { TracedSpan } from './trace.ts';

const TRACE = 'a'.repeat(32);
const REQUEST = `00-${TRACE}-${'b'.repeat(16)}-01`;
const event = (eventId: string, more: Partial<StoredEvent> = {}): StoredEvent =>
  ({ eventId, type: 'OrderCreated', subject: 'order', correlationId: 'flow', causationId: null, origin: 'own', handler: null, metadata: { traceparent: REQUEST }, ...more }) as StoredEvent;
const run = (handler: string, of: StoredEvent, more: Partial<JobNote> = {}): JobNote => ({
  jobId: '', handler, eventId: of.eventId, eventType: of.type, subject: of.subject, correlationId: of.correlationId, attempt: 1, startedAtMs: 1_000, processingMs: 5, error: null, retryAtMs: null, trace: originOf(of), ...more,
});
function spansOf(phase: 'completed' | 'failed' | 'started', ...notes: JobNote[]): TracedSpan[] {
  const spans: TracedSpan[] = [];
  tracingObserver((span) => void spans.push(span)).onJobs?.(phase, 'extension', notes);
  return spans;
}

test('a run hangs on the run that appended its event, and that one on the request', () => {
  const first = event('1');
  const second = event('2', { causationId: '1', handler: 'inventory.reserve' });
  const [reserve] = spansOf('completed', run('inventory.reserve', first));
  const [charge] = spansOf('completed', run('payments.charge', second));
  expect(reserve).toMatchObject({ name: 'inventory.reserve', parent: REQUEST, startMs: 1_000, endMs: 1_005 });
  expect(charge?.parent).toBe(`00-${TRACE}-${reserve?.spanId}-01`);
  expect(runTraceparent('payments.charge', second)).toBe(`00-${TRACE}-${charge?.spanId}-01`);
  // A command, a timer and a job are no runs.
  for (const handler of ['command:cancel', 'timer:due']) expect(spansOf('completed', run('a.b', event('3', { causationId: '1', handler })))[0]?.parent).toBe(REQUEST);
});

test('attempts that failed stand beside the one that is recorded, and say why', () => {
  const error = { code: 'unavailable', message: 'not there', atMs: 0 } as JobNote['error'];
  const first = event('1');
  const [again] = spansOf('failed', run('a.b', first, { error, retryAtMs: 5 }));
  const [last] = spansOf('failed', run('a.b', first, { error, retryAtMs: null, attempt: 2 }));
  const [done] = spansOf('completed', run('a.b', first, { attempt: 2 }));
  expect([again?.error, again?.parent, last?.spanId]).toEqual(['unavailable', REQUEST, done?.spanId]);
  expect(again?.spanId).not.toBe(done?.spanId);
});

test('an event that leaves and arrives joins both sides', async () => {
  const spans: TracedSpan[] = [];
  const told = event('1', { causationId: '0', handler: 'x.y' });
  await tracedStream({ name: 'publisher', wants: () => true, handle: async () => undefined }, (span) => void spans.push(span), () => 7).handle([told], new AbortController().signal);
  const log = { catalogue: {} as never, appendForeign: async () => [{ kind: 'appended' as const }, { kind: 'duplicate' as const }] };
  const envelope = { ...told, eventType: told.type } as never;
  await tracedIntake(log, (span) => void spans.push(span), () => 9).appendForeign([envelope, envelope]);
  const [handled] = spansOf('completed', run('orders.fulfill', event('1', { origin: 'foreign' })));
  const [published, received, ...more] = spans;
  expect(more).toEqual([]);
  expect(received?.parent).toBe(`00-${TRACE}-${published?.spanId}-01`);
  expect(handled?.parent).toBe(`00-${TRACE}-${received?.spanId}-01`);
});

test('of a trace that is not kept no span is told, and what is called goes on with it', async () => {
  const dropped = event('1', { metadata: { traceparent: REQUEST.replace(/1$/, '0') } });
  const spans: TracedSpan[] = [];
  const record = (span: TracedSpan): void => void spans.push(span);
  await tracedStream({ name: 'publisher', wants: () => true, handle: async () => undefined }, record, () => 7).handle([dropped], new AbortController().signal);
  await tracedIntake({ catalogue: {} as never, appendForeign: async () => [{ kind: 'appended' as const }] }, record, () => 9).appendForeign([{ ...dropped, eventType: dropped.type } as never]);
  expect([...spans, ...spansOf('completed', run('a.b', dropped))]).toEqual([]);
  expect(runTraceparent('a.b', dropped)).toMatch(/-00$/);
});

test('each call under a span is a span of the same trace, known by what it is', () => {
  const [one, again, other] = ['deliver 1 1', 'deliver 1 1', 'deliver 1 2'].map((what) => callSpan(ownTraceparent(event('1')) ?? '', what));
  expect(one).toEqual(again);
  expect(one?.traceparent).toBe(`00-${TRACE}-${one?.spanId}-01`);
  expect(other?.spanId).not.toBe(one?.spanId);
});

test('what has no trace has no spans, and a run that has only begun has none either', () => {
  for (const metadata of [{}, { traceparent: 'nonsense' }, { traceparent: 'n'.repeat(55) }]) {
    expect(spansOf('completed', run('a.b', event('1', { metadata })))).toEqual([]);
    expect([runTraceparent('a.b', event('1', { metadata })), ownTraceparent(event('1', { metadata }))]).toEqual([undefined, undefined]);
  }
  expect(spansOf('started', run('a.b', event('1')))).toEqual([]);
});
