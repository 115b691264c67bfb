import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { EffectRunner } from './effect-runner.ts';
import type { RunEnd } from './effect-runner.ts';
import type { EffectJob } from './extension.ts';
import type { Job } from './job.ts';

/** A steady clock that goes on when the test says so, and the naps that end by it. */
class Clock {
  nowMs = 0;
  #naps: { readonly untilMs: number; readonly end: () => void }[] = [];

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => new Promise((resolve) => {
    this.#naps.push({ untilMs: this.nowMs + ms, end: resolve });
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });

  async goTo(ms: number): Promise<void> {
    this.nowMs = ms;
    const over = this.#naps.filter(({ untilMs }) => untilMs <= ms);
    this.#naps = this.#naps.filter(({ untilMs }) => untilMs > ms);
    for (const { end } of over) end();
    await turn();
  }
}

function jobOf(run: (job: EffectJob) => Promise<unknown>): Job {
  return {
    name: 'send', key: 'key', fence: 0, state: 'ready', attempt: 0, maybeSent: false, keyExpiresAtMs: Number.POSITIVE_INFINITY, dueAtMs: 0, startedAtMs: 0, tookMs: 0,
    effect: { idempotency: 'The other side keeps the key.', run } as Job['effect'], event: { eventId: 'id', subject: 'order', slot: 0, metadata: {} } as Job['event'],
    settings: { pool: 'send', concurrency: 1, priority: 0, timeBudgetMs: 100, retry: { baseMs: 1, maxMs: 1, maxAttempts: 5 } },
  };
}

function start(run: (job: EffectJob) => Promise<unknown>): { readonly clock: Clock; readonly ends: RunEnd[] } {
  const clock = new Clock();
  const ends: RunEnd[] = [];
  const runner = new EffectRunner({
    sleep: clock.sleep, random: () => 1, monotonicMs: () => clock.nowMs, nowMs: () => clock.nowMs, leaseLeftMs: () => Number.POSITIVE_INFINITY, onStart: () => undefined, onEnd: (end) => void ends.push(end),
  });
  runner.add([jobOf(run)]);
  return { clock, ends };
}

test.each([['at the end of its budget', 100], ['five seconds late, because the process stood still', 5_000]])('a run that is aborted %s has a second from then on to end', async (_when, abortedMs) => {
  const answer = Promise.withResolvers<string>();
  let heard: unknown;
  const { clock, ends } = start(async ({ signal }) => {
    signal.addEventListener('abort', () => (heard = signal.reason));
    return answer.promise;
  });
  await clock.goTo(abortedMs);
  expect(heard).toMatchObject({ message: 'No answer within 100 ms.' });
  await clock.goTo(abortedMs + 999);
  expect(ends).toEqual([]);
  answer.resolve('sent after all');
  await turn();
  expect(ends).toMatchObject([{ kind: 'done', result: 'sent after all' }]);
});

test('a run that ignores its signal is given up a second after it was aborted, and its subject goes on', async () => {
  const { clock, ends } = start(() => new Promise(() => undefined));
  await clock.goTo(5_000);
  expect(ends).toEqual([]);
  await clock.goTo(6_000);
  expect(ends).toMatchObject([{ kind: 'retry', dead: false, sent: true, error: { message: 'No answer within 100 ms, and the handler ignored its signal.' } }]);
});
