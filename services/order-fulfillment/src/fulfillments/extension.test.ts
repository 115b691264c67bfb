import { createLogger } from '@commerce/service-kit/logging';
import { noFaults } from '@commerce/service-kit/ports';
import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { createProviders } from '../providers/provider.ts';
import type { Answer } from '../providers/provider.ts';
import { accept } from './accept.ts';
import type { Rules } from './arrange.ts';
import { takeRun } from './decide.ts';
import type { RunResult } from './decide.ts';
import { createFulfillments } from './extension.ts';
import type { Fulfillment } from './fulfillment.ts';

const NOW = 1_800_000_000_000;
const DEADLINE_MS = NOW + 1_000;
const NONE: Answer = { kind: 'unknown', why: 'the LMS answered 401', nothingDone: true };

interface Situation {
  readonly nowMs: number;
  readonly attempt?: number;
  readonly maybeSent?: boolean;
  /** Of the first line; null when it was never asked for. */
  readonly startedAtMs?: number | null;
  /** The first line is to be taken back. */
  readonly unwanted?: boolean;
  readonly asking?: boolean;
  readonly checks?: number;
  /** Of the first line, when this process does not know it. */
  readonly unknownProvider?: string;
}

/** One run of `fulfillments.ask` over two lines at a provider that answers `NONE`. */
async function run({ nowMs, attempt = 1, maybeSent = false, startedAtMs = null, unwanted = false, asking = true, checks = 0, unknownProvider }: Situation) {
  const asked: string[] = [];
  const takenBack: string[] = [];
  const logged: object[] = [];
  const providers = createProviders([{
    name: 'lms', place: 'remote', idempotency: 'It remembers every key.',
    ask: async (_fulfillment, lines) => lines.map((line) => {
      asked.push(line.lineId);
      return NONE;
    }),
    revoke: async (_fulfillment, lines) => lines.map((line) => {
      takenBack.push(line.lineId);
      return { kind: 'revoked' };
    }),
  }]);
  const lines = ['L1', 'L2'].map((lineId) => ({ lineId, sku: lineId, quantity: 1 }));
  const client = { clientId: 'shop', providers: { bySku: {}, byKind: {}, default: 'lms' } };
  const decision = accept({ orderId: 'order-1', orderNumber: 1, customer: { id: 'c' }, lines, notAfter: new Date(DEADLINE_MS).toISOString() }, { client, providers, fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', nowMs: NOW });
  if (decision.kind !== 'accepted') throw new Error(decision.kind);
  const found: Fulfillment = {
    ...decision.fulfillment, asking, checks,
    lines: decision.fulfillment.lines.map((line, index) => (index === 0 ? { ...line, startedAtMs, ...(unwanted && { status: 'revoking', takenBackFrom: 'pending' }), ...(unknownProvider !== undefined && { provider: unknownProvider }) } : line)),
  };
  const logger = createLogger({ name: 'test', level: 'warn', destination: { write: (line: string) => void logged.push(JSON.parse(line)) } });
  const rules: Rules = { providers, checks: { firstMs: 100, maxMs: 1_000 } };
  const extension = createFulfillments({
    rules, store: { load: async () => new Map(), save: async () => {} }, findActive: async () => found,
    askConcurrency: 1, nowMs: () => nowMs, faults: noFaults, logger,
  });
  const effect = extension.effects['fulfillments.ask'];
  if (effect === undefined) throw new Error('The effect is gone.');
  const event = { type: 'FulfillmentAccepted', data: decision.events[0]?.data } as StoredEvent;
  const { answers, returns }: RunResult = await effect.run({ event, key: 'k', attempt, maybeSent, signal: AbortSignal.timeout(1_000) });
  return { asked, takenBack, answers, returns, logged, effect, found, rules };
}

describe('A run that asks the remote providers', () => {
  test('ends though nothing was learned, and leaves the reason and the number of the question in the log', async () => {
    const { answers, logged } = await run({ nowMs: NOW });
    expect(answers).toEqual([{ lineId: 'L1', answer: NONE }, { lineId: 'L2', answer: NONE }]);
    expect(logged).toEqual([expect.objectContaining({ orderId: 'order-1', attempt: 1, reason: 'the LMS answered 401' })]);
  });

  test('is never given up for what fails on our own side, for only its end sets the next timer', async () => {
    const { effect } = await run({ nowMs: NOW });
    expect(effect.retry?.maxAttempts).toBe(Number.POSITIVE_INFINITY);
    expect(effect.keyTtlMs).toBeGreaterThan(10 * 365 * 86_400_000);
  });

  test('asks for a line before the deadline, and after it only for one that was asked for before', async () => {
    expect((await run({ nowMs: DEADLINE_MS - 1 })).asked).toEqual(['L1', 'L2']);
    expect((await run({ nowMs: DEADLINE_MS })).asked).toEqual([]);
    expect((await run({ nowMs: DEADLINE_MS, startedAtMs: NOW })).asked).toEqual(['L1']);
  });

  test('takes back what is not wanted any more, also after the deadline, but for what nobody was ever asked for', async () => {
    const begun = await run({ nowMs: DEADLINE_MS, startedAtMs: NOW, unwanted: true });
    expect([begun.asked, begun.takenBack, begun.returns]).toEqual([[], ['L1'], [{ lineId: 'L1', returned: { kind: 'revoked' } }]]);
    expect((await run({ nowMs: NOW, unwanted: true })).takenBack).toEqual([]);
    expect((await run({ nowMs: NOW, unwanted: true, attempt: 2 })).takenBack).toEqual(['L1']);
  });

  test.each([{}, { unwanted: true, startedAtMs: NOW }])('asks again later for a line of a provider that only a newer version knows: %j', async (given) => {
    const { asked, takenBack, answers, returns, effect, found, rules } = await run({ nowMs: NOW, unknownProvider: 'newer', ...given });
    expect([effect.isNeeded?.({ data: { lines: [{ provider: 'newer' }] } } as unknown as StoredEvent), asked, takenBack]).toEqual([true, ['L2'], []]);
    // All others are done: what is left is this line alone.
    const alone: Fulfillment = { ...found, lines: found.lines.slice(0, 1) };
    const { state } = takeRun(rules, [alone], found.fulfillmentId, { run: 0, answers: answers.filter(({ lineId }) => lineId === 'L1'), returns }, NOW) as { readonly state?: readonly Fulfillment[] };
    expect(state).toEqual([expect.objectContaining({ asking: false, nextCheckAtMs: NOW + 100 })]);
  });

  test('asks nothing when it is not the present one, or none is under way', async () => {
    for (const other of [{ checks: 1 }, { asking: false }]) expect((await run({ nowMs: NOW, ...other })).asked).toEqual([]);
  });

  test('takes no line for untouched that an earlier attempt may have begun', async () => {
    for (const before of [{ maybeSent: true }, { attempt: 2 }]) {
      const { asked, answers } = await run({ nowMs: DEADLINE_MS, ...before });
      expect(asked).toEqual(['L1', 'L2']);
      expect(answers.map(({ answer }) => answer)).toEqual([{ ...NONE, nothingDone: false }, { ...NONE, nothingDone: false }]);
    }
  });
});
