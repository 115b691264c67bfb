import { describe, expect, test } from '@jest/globals';
import { DescribeEventBusCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { isEmpty, lab, orders, paid, publish, receive, setFaults, stack, until, url, type Lab } from '../test-kit/lab.ts';
import { createFaults, faultSettings } from './faults.ts';

const NO_CALL_FAILED = { throttledCalls: 0, failedCalls: 0, resetCalls: 0, lostAnswers: 0, refusedCalls: 0 };

describe('fault switches', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index);

  async function publishTwenty(shop: Lab): Promise<void> {
    await publish(shop, ...twenty.slice(0, 10).map(paid));
    await publish(shop, ...twenty.slice(10).map(paid));
  }

  test('deliver events twice, under the same event id', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { duplicates: 1 });
    await publishTwenty(shop);
    const bodies = (await receive(shop, url(shop), 40)).map(({ Body }) => Body);
    expect(new Set(bodies).size).toBe(20);
    expect(shop.aws.metrics()).toMatchObject({ delivered: 40, duplicated: 20 });
  });

  test('let events overtake each other, the same way for the same seed', async () => {
    const runs: number[][] = [];
    for (const seed of [7, 7, 8]) {
      const shop = await lab(stack());
      await setFaults(shop, { seed, reorder: 0.5, reorderWithinMs: 60_000 });
      await publish(shop, ...twenty.slice(0, 10).map(paid));
      await until(() => shop.aws.metrics().delivered + shop.aws.metrics().heldBack === 10);
      runs.push(orders(await receive(shop, url(shop), shop.aws.metrics().delivered)));
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    const shop = await lab(stack());
    await setFaults(shop, { reorder: 0.5, reorderWithinMs: 30 });
    await publishTwenty(shop);
    const order = orders(await receive(shop, url(shop), 20));
    expect(order).not.toEqual(twenty);
    expect(order.toSorted((left, right) => left - right)).toEqual(twenty);
  });

  test('lose a share of the deliveries for good, the same ones for the same seed, and count them', async () => {
    const runs: number[][] = [];
    for (const seed of [3, 3, 4]) {
      const shop = await lab(stack());
      await setFaults(shop, { seed, drops: 0.5 });
      await publishTwenty(shop);
      const { delivered, dropped, pending } = shop.aws.metrics();
      expect([delivered + dropped, pending]).toEqual([20, 0]);
      expect(dropped).toBeGreaterThan(0);
      await setFaults(shop, {});
      runs.push(orders(await receive(shop, url(shop), delivered)).toSorted((left, right) => left - right));
      expect(await isEmpty(shop, url(shop))).toBe(true);
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
  });

  test('switch EventBridge off so that every call is refused, while queues work', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { outage: 'refusing' });
    await expect(publish(shop, paid(1))).rejects.toMatchObject({ name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } });
    await expect(shop.events.send(new DescribeEventBusCommand({ Name: 'shop' }))).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    expect(await isEmpty(shop, url(shop))).toBe(true);
    await setFaults(shop, {});
    await publish(shop, paid(2));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([2]);
    expect(shop.aws.metrics()).toMatchObject({ accepted: 1, delivered: 1, refusedCalls: 2 });
  });

  test('switch EventBridge off so that events are accepted and come when it is back', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { outage: 'stalled' });
    await publishTwenty(shop);
    expect(await isEmpty(shop, url(shop))).toBe(true);
    expect(shop.aws.metrics()).toMatchObject({ accepted: 20, delivered: 0, pending: 20 });
    await setFaults(shop, {});
    expect(orders(await receive(shop, url(shop), 20))).toEqual(twenty);
    await publish(shop, paid(20));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([20]);
    expect(shop.aws.metrics()).toMatchObject({ delivered: 21, pending: 0 });
  });

  test('are read back, refuse what they do not know, and are off again when set to nothing', async () => {
    const shop = await lab(stack());
    expect(await (await setFaults(shop, { duplicates: 0.25 })).json()).toEqual(faultSettings.parse({ duplicates: 0.25 }));
    expect((await setFaults(shop, { duplicate: 1 })).status).toBe(400);
    expect((await setFaults(shop, { duplicates: 2 })).status).toBe(400);
    expect(await (await fetch(`${shop.aws.url}/_local/faults`)).json()).toEqual(faultSettings.parse({ duplicates: 0.25 }));
    await setFaults(shop, {});
    expect(shop.aws.faults.settings()).toEqual(faultSettings.parse({}));
    expect(await (await fetch(`${shop.aws.url}/_local/metrics`)).json()).toEqual(shop.aws.metrics());
  });

  test('keep every delivery back', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { delayMs: 80 });
    const before = performance.now();
    await publish(shop, paid(1));
    await receive(shop, url(shop), 1);
    expect(performance.now() - before).toBeGreaterThan(75);
  });

  test('let attempts fail, the same ones for the same seed, and each is tried again', async () => {
    const runs: number[] = [];
    for (const seed of [5, 5, 6]) {
      const shop = await lab(stack());
      await setFaults(shop, { seed, failedAttempts: 0.5 });
      await publishTwenty(shop);
      await until(() => shop.aws.metrics().delivered + shop.aws.metrics().retried >= 20);
      runs.push(shop.aws.metrics().delivered);
      await setFaults(shop, {});
      expect(orders(await receive(shop, url(shop), 20)).toSorted((left, right) => left - right)).toEqual(twenty);
    }
    expect(runs[0]).toBeGreaterThan(0);
    expect(runs[0]).toBeLessThan(20);
    expect(runs[0]).toBe(runs[1]);
  });

  test('fail single entries of PutEvents, and take the others', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { seed: 2, failedEntries: 0.5 });
    const answers = await publish(shop, ...twenty.slice(0, 10).map(paid));
    const taken = twenty.filter((order) => order < 10 && answers[order] !== 'InternalFailure');
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.length).toBeLessThan(10);
    expect(orders(await receive(shop, url(shop), taken.length))).toEqual(taken);
    expect(shop.aws.metrics()).toMatchObject({ accepted: taken.length, refused: 10 - taken.length });
  });

  test.each<[string, object, string, object]>([
    ['throttle calls', { throttles: 1 }, 'throttledCalls', { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } }],
    ['answer calls with 500', { errors: 1 }, 'failedCalls', { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } }],
    ['cut calls off', { resets: 1 }, 'resetCalls', { message: expect.stringContaining('ECONNRESET') }],
  ])('%s, so that nothing is done, and count them', async (_, settings, count, failure) => {
    const shop = await lab(stack());
    await setFaults(shop, settings);
    await expect(publish(shop, paid(1))).rejects.toMatchObject(failure);
    expect(shop.aws.metrics()).toMatchObject({ ...NO_CALL_FAILED, [count]: 1 });
    expect(await isEmpty(shop, url(shop))).toBe(true);
    await setFaults(shop, {});
    expect(shop.aws.metrics()).toMatchObject({ accepted: 0 });
  });

  test('cut the answer off when the work is done', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { lostAnswers: 1 });
    await expect(publish(shop, paid(1))).rejects.toMatchObject({ message: expect.stringContaining('ECONNRESET') });
    expect(shop.aws.metrics()).toMatchObject({ ...NO_CALL_FAILED, lostAnswers: 1 });
    expect(orders(await receive(shop, url(shop), 1))).toEqual([1]);
  });

  test('keep calls waiting, those of SQS too if told so, and let go of a caller who hangs up', async () => {
    const shop = await lab(stack());
    await setFaults(shop, { callsTo: 'both', latencyMs: 60_000, throttles: 0.5 });
    const abort = new AbortController();
    const poll = shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop) }), { abortSignal: abort.signal });
    setTimeout(() => abort.abort(), 30);
    await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
    await setFaults(shop, { callsTo: 'sqs', throttles: 1 });
    await expect(isEmpty(shop, url(shop))).rejects.toMatchObject({ name: 'RequestThrottled' });
    await expect(publish(shop, paid(1))).resolves.toHaveLength(1);
  });

  test('draw calls from a seed of their own where one is given, and leave the deliveries to theirs', () => {
    const drawn = (settings: object): { calls: string[]; deliveries: number[] } => {
      const faults = createFaults();
      faults.set({ errors: 0.5, duplicates: 0.5, ...settings });
      return { calls: Array.from({ length: 50 }, () => faults.call('events').outcome), deliveries: Array.from({ length: 50 }, () => faults.draw().length) };
    };
    const one = drawn({ seed: 1 });
    expect(drawn({ seed: 1, callSeed: 2 })).toEqual({ calls: drawn({ seed: 2 }).calls, deliveries: one.deliveries });
    expect(drawn({ seed: 1, callSeed: 2 }).calls).not.toEqual(one.calls);
  });

  test('draw the same fates of calls from the same seed, whatever else is drawn between', () => {
    const fates = (seed: number, draws: number): string[] => {
      const faults = createFaults();
      faults.set({ seed, throttles: 0.2, errors: 0.2, resets: 0.2, lostAnswers: 0.2, latencyMs: 50, duplicates: 0.5, failedEntries: 0.5, failedAttempts: 0.5 });
      return Array.from({ length: 100 }, () => {
        for (let draw = 0; draw < draws; draw += 1) [faults.draw(), faults.entryFails(), faults.attemptFails()].at(0);
        return JSON.stringify(faults.call('events'));
      });
    };
    expect(fates(1, 0)).toEqual(fates(1, 3));
    expect(fates(1, 0)).not.toEqual(fates(2, 0));
    expect(new Set(fates(1, 0).map((fate) => (JSON.parse(fate) as { outcome: string }).outcome))).toEqual(new Set(['works', 'throttled', 'error', 'reset', 'answer lost']));
  });

  test('draw entries and attempts apart from each other', () => {
    const faults = createFaults();
    faults.set({ failedEntries: 0.5, failedAttempts: 0.5 });
    const both = Array.from({ length: 100 }, () => faults.entryFails() === (faults.attemptFails() !== undefined));
    expect(both).toContain(false);
    expect(both).toContain(true);
  });

  test('refuse shares of the same calls that are more than all', async () => {
    const shop = await lab();
    expect((await setFaults(shop, { throttles: 0.6, errors: 0.6 })).status).toBe(400);
  });
});
