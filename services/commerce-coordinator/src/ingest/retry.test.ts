/** Retry and circuit breaker around a client, under a clock and randomness of the test. */
import { describe, expect, test } from '@jest/globals';
import { createAnswerLimit } from './answer-limit.ts';
import { withCircuitBreaker } from './circuit-breaker.ts';
import type { BreakerState } from './circuit-breaker.ts';
import type { Client, Sent } from './client.ts';
import { ErrConflict, ErrInvalidStatus, ErrNotFound, ErrServiceUnavailable } from './errors.ts';
import { createProcessor } from './processor.ts';
import { withRetry } from './retry.ts';
import { DISPUTE, heldClock, ORDER, PAYMENT_WEBHOOK, DISPUTE_WEBHOOK } from './test-updates.ts';

type Answer = Sent | Error | 'never';

/** Answers as it is told, the last one for ever; `never` until it is given up. */
function clientOf(...answers: Answer[]) {
  const sent: string[] = [];
  const answer = async (name: string, signal: AbortSignal): Promise<Sent> => {
    sent.push(name);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    if (next !== 'never') return next ?? 'accepted';
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new ErrServiceUnavailable('given up', { timedOut: true }))));
  };
  const client: Client & { isClosed: boolean } = {
    isClosed: false,
    sendOrderUpdate: (_request, { signal }) => answer('order', signal),
    sendDisputeUpdate: (_request, { signal }) => answer('dispute', signal),
    async close() {
      client.isClosed = true;
    },
  };
  return { client, sent };
}

const down = new ErrServiceUnavailable('down');
const context = () => ({ signal: new AbortController().signal, leftMs: () => 4_500, correlationId: 'c-1' });

describe('The retry', () => {
  const policy = { attempts: 3, baseDelayMs: 100, maxDelayMs: 5_000 };

  function retried(answers: Answer[], random = () => 0.5, over: Partial<typeof policy> = {}) {
    const { client, sent } = clientOf(...answers);
    const waits: number[] = [];
    const sleep = async (ms: number): Promise<void> => void waits.push(ms);
    return { client: withRetry(client, { ...policy, ...over, sleep, random }), inner: client, sent, waits };
  }

  test('makes three attempts, the first one counted, with 100 and 200 ms between them', async () => {
    const { client, sent, waits } = retried([down]);
    await expect(client.sendOrderUpdate(ORDER, context())).rejects.toBe(down);
    expect([sent, waits]).toEqual([['order', 'order', 'order'], [100, 200]]);
  });

  test('ends with the first success', async () => {
    const { client, sent } = retried([down, 'stale', down]);
    expect(await client.sendDisputeUpdate(DISPUTE, context())).toBe('stale');
    expect(sent).toEqual(['dispute', 'dispute']);
  });

  test.each([new ErrConflict(), new ErrNotFound(), new ErrInvalidStatus(), new TypeError('a mistake')])('does not repeat %s', async (error) => {
    const { client, sent, waits } = retried([error]);
    await expect(client.sendOrderUpdate(ORDER, context())).rejects.toBe(error);
    expect([sent.length, waits]).toEqual([1, []]);
  });

  test('waits up to a quarter less or more, doubles, and never waits longer than the longest wait', async () => {
    const waitsWith = async (random: number): Promise<number[]> => {
      const { client, waits } = retried([down], () => random, { attempts: 9 });
      await client.sendOrderUpdate(ORDER, context()).catch(() => undefined);
      return waits;
    };
    expect(await waitsWith(0)).toEqual([75, 150, 300, 600, 1_200, 2_400, 4_800, 5_000]);
    expect((await waitsWith(1)).slice(0, 7)).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 5_000]);
  });

  test('begins nothing more when the time of the send is over', async () => {
    const over = new AbortController();
    const { client, sent } = retried([down]);
    over.abort();
    await expect(client.sendOrderUpdate(ORDER, { ...context(), signal: over.signal })).rejects.toBe(down);
    expect(sent).toHaveLength(1);
  });

  test('tells what it knows when the time is over while it waits', async () => {
    const { client: inner, sent } = clientOf(down);
    const client = withRetry(inner, { ...policy, random: () => 0.5, sleep: () => Promise.reject(new Error('aborted')) });
    await expect(client.sendOrderUpdate(ORDER, context())).rejects.toBe(down);
    expect(sent).toHaveLength(1);
  });

  test('closes what it decorates', async () => {
    const { client, inner } = retried([down]);
    await client.close();
    expect(inner.isClosed).toBe(true);
  });
});

describe('The circuit breaker', () => {
  function guarded(answers: Answer[]) {
    const { client, sent } = clientOf(...answers);
    const clock = { nowMs: 0 };
    const states: BreakerState[] = [];
    return { sent, clock, states, client: withCircuitBreaker(client, { failures: 3, openMs: 1_000, maxOpenMs: 4_000, monotonicMs: () => clock.nowMs, onStateChange: (state) => states.push(state) }) };
  }
  const outcome = async (client: Client): Promise<string> => client.sendOrderUpdate(ORDER, context()).catch((error: Error) => error.message);

  test('opens after failures in a row, and turns away at once', async () => {
    const { client, sent, states } = guarded([down]);
    for (let send = 0; send < 3; send += 1) expect(await outcome(client)).toBe('down');
    expect(await outcome(client)).toBe('the circuit to the API side is Open');
    expect([sent.length, states]).toEqual([3, ['Open']]);
    await expect(client.sendDisputeUpdate(DISPUTE, context())).rejects.toMatchObject({ name: 'ErrServiceUnavailable', timedOut: false });
  });

  test('counts failures in a row only, and a definite no is none', async () => {
    const { client, states } = guarded([down, down, new ErrNotFound('no'), down, down, 'accepted', down, down]);
    for (let send = 0; send < 8; send += 1) await outcome(client);
    expect(states).toEqual([]);
  });

  test('lets one probe through when its time is over, and closes by its success', async () => {
    const { client, sent, states, clock } = guarded([down, down, down, 'accepted']);
    for (let send = 0; send < 3; send += 1) await outcome(client);
    clock.nowMs = 999;
    expect(await outcome(client)).toContain('Open');
    clock.nowMs = 1_000;
    const [probe, other] = await Promise.all([outcome(client), outcome(client)]);
    expect([probe, other]).toEqual(['accepted', 'the circuit to the API side is Half-Open']);
    expect([sent.length, states]).toEqual([4, ['Open', 'Half-Open', 'Closed']]);
    expect(await outcome(client)).toBe('accepted');
  });

  test('opens for twice as long by a probe that fails, up to its longest time', async () => {
    const { client, states, clock } = guarded([down]);
    for (let send = 0; send < 3; send += 1) await outcome(client);
    for (const openMs of [1_000, 2_000, 4_000, 4_000]) {
      clock.nowMs += openMs - 1;
      expect(await outcome(client)).toContain('is Open');
      clock.nowMs += 1;
      expect(await outcome(client)).toBe('down');
    }
    expect(states.filter((state) => state === 'Half-Open')).toHaveLength(4);
  });

  test('closes by a definite no of a probe: the other side is there', async () => {
    const { client, states, clock } = guarded([down, down, down, new ErrConflict('again')]);
    for (let send = 0; send < 3; send += 1) await outcome(client);
    clock.nowMs = 1_000;
    expect(await outcome(client)).toBe('again');
    expect(states).toEqual(['Open', 'Half-Open', 'Closed']);
  });
});

describe('The processor', () => {
  const limitOf = ({ sleep, monotonicMs }: ReturnType<typeof heldClock>) => createAnswerLimit({ answerWithinMs: 4_500, sleep, monotonicMs });

  test('tells each attempt what is left of its time', async () => {
    const clock = heldClock();
    const left: number[] = [];
    const client: Client = {
      sendOrderUpdate: async (_request, { leftMs }) => {
        left.push(leftMs());
        clock.pass(1_000);
        left.push(leftMs());
        return 'accepted';
      },
      sendDisputeUpdate: () => Promise.reject(new Error('not this one')),
      close: async () => undefined,
    };
    await createProcessor({ client, within: limitOf(clock) }).processOrderWebhook(PAYMENT_WEBHOOK, { correlationId: 'c' });
    expect(left).toEqual([4_500, 3_500]);
  });

  test('turns webhooks into updates, and leaves out what was not told', async () => {
    const seen: object[] = [];
    const client: Client = {
      sendOrderUpdate: async (request) => { seen.push(request); return 'accepted'; },
      sendDisputeUpdate: async (request) => { seen.push(request); return 'stale'; },
      close: async () => undefined,
    };
    const processor = createProcessor({ client, within: limitOf(heldClock()) });
    expect(await processor.processOrderWebhook(PAYMENT_WEBHOOK, { correlationId: 'c' })).toBe('accepted');
    expect(await processor.processDisputeWebhook(DISPUTE_WEBHOOK, { correlationId: 'c' })).toBe('stale');
    expect(seen).toEqual([ORDER, DISPUTE]);
  });

  test('gives up after its own time, whatever the client allows itself, and no timer is left', async () => {
    const clock = heldClock();
    const { client, sent } = clientOf('never');
    const retried = withRetry(client, { attempts: 3, baseDelayMs: 100, maxDelayMs: 5_000, sleep: clock.sleep, random: () => 0.5 });
    const processing = createProcessor({ client: retried, within: limitOf(clock) }).processOrderWebhook(PAYMENT_WEBHOOK, { correlationId: 'c' });
    const told = processing.then(() => 'taken', (error: unknown) => error);
    clock.pass(4_499);
    expect(await Promise.race([told, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits');
    clock.pass(1);
    expect(await told).toMatchObject({ name: 'ErrServiceUnavailable', timedOut: true });
    expect([sent.length, clock.open()]).toEqual([1, 0]);
  });

  test('makes of whatever else is thrown that the other side is not available', async () => {
    const { client } = clientOf(new TypeError('a mistake'));
    const clock = heldClock();
    await expect(createProcessor({ client, within: limitOf(clock) }).processOrderWebhook(PAYMENT_WEBHOOK, { correlationId: 'c' })).rejects.toMatchObject({ name: 'ErrServiceUnavailable', timedOut: false });
    expect(clock.open()).toBe(0);
  });
});
