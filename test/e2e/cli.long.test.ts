/** The operator's tool on the running pair, as a person uses it: an order from its placing to its end, over a kill of the service, and what the doctor says meanwhile. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '@commerce/cli/run';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ restartDelayMs: 300 });
}, 90_000);
afterAll(() => pair?.stop(), 60_000);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What is printed while it runs. */
interface Printed {
  out: string;
}

async function cli(...argv: string[]): Promise<Ran> {
  return running({ out: '' }, ...argv);
}

async function running(printed: Printed, ...argv: string[]): Promise<Ran> {
  let err = '';
  const code = await run(argv, {
    env: { DATA_DIR: dirname(pair.stack.description.inside.logs) }, out: (text) => void (printed.out += text), err: (text) => void (err += text), readFile: async (path) => readFileSync(path, 'utf8'),
    nowMs: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }), signal: new AbortController().signal,
  });
  return { code, out: printed.out, err };
}
const ended = async (argv: string[], code: number): Promise<Ran> => {
  const it = await cli(...argv);
  expect([argv, it.code, it.code === code ? '' : it.out + it.err]).toEqual([argv, code, '']);
  return it;
};
const result = async (...argv: string[]): Promise<any> => JSON.parse((await ended([...argv, '--json'], 0)).out);
const types = (lines: string): string[] => lines.trim().split('\n').slice(1).map((line) => JSON.parse(line).eventType);

test('an order is placed and followed over a kill of the service; then all of its story is told, and the doctor is content', async () => {
  const printed: Printed = { out: '' };
  // So that it is on its way for as long as that takes.
  const { pid: fulfilling } = pair.process('of');
  process.kill(fulfilling as number, 'SIGSTOP');
  const watching = running(printed, 'order', 'place', '--customer', 'VINET', '--line', 'A:1@10.00', '--line', 'B:2@5.00', '--watch', '--json');
  await eventually('it is followed', async () => (printed.out.includes('OrderConfirmed') ? true : undefined));
  const { pid } = pair.process('cc');
  process.kill(pid as number, 'SIGKILL');
  process.kill(fulfilling as number, 'SIGCONT');
  await eventually('another process has taken its place', async () => (pair.process('cc').pid !== undefined && pair.process('cc').pid !== pid ? true : undefined));
  const { code, out, err } = await watching;
  expect([code, err.split('\n').at(-2)]).toEqual([0, expect.stringMatching(/^Order \d+ is completed\.$/)]);
  // Each event once, and none left out.
  const { orderId } = JSON.parse(out.split('\n')[0] ?? '') as { orderId: string };
  const timeline = (await pair.timeline(orderId)).map(({ eventType }) => eventType);
  const shown = types(out);
  expect(shown).toEqual(timeline.slice(0, shown.length));
  expect(shown).toContain('OrderCompleted');
  expect(err).toContain('taken up again in 1 s');

  expect(await result('order', 'why', orderId)).toMatchObject({ orderId, needsCare: false, nextStep: 'Nothing: the order has ended.' });
  expect(await result('order', 'export', orderId)).toMatchObject({ order: { orderId, status: 'completed' }, events: expect.arrayContaining([expect.objectContaining({ eventType: 'OrderCreated' })]) });
  const tree = (await ended(['events', 'tree', orderId], 0)).out;
  expect(tree).toMatch(/^OrderCheckoutInitiated .*\n└─ OrderCreated /);
  const { items: [paid] } = await result('events', 'history', '--subject', orderId, '--type', 'PaymentProcessed');
  expect((await ended(['events', 'tree', paid.eventId], 0)).out).toContain('PaymentProcessed');
  expect((await result('signals', 'order.created')).signals).toMatchObject([{ signal: 'OrderCreated', heardBy: expect.arrayContaining(['inventory.reserve']), lastAt: expect.any(String) }]);
  expect(await result('audit', 'verify')).toMatchObject({ findings: 0, found: [] });
  expect(await result('dlq', 'counts')).toMatchObject({ total: 0 });
  await ended(['order', 'show', 'nothing'], 3);

  await eventually('the doctor finds nothing that has failed', async () => ((await cli('doctor')).code === 0 ? true : undefined));
}, 60_000);

test('what is broken is found, with what mends it', async () => {
  const { pid } = pair.process('of');
  process.kill(pid as number, 'SIGSTOP');
  try {
    const { code, out } = await cli('doctor', '--json', '--timeout', '1');
    expect([code, JSON.parse(out).findings]).toEqual([1, expect.arrayContaining([expect.objectContaining({ level: 'fail', check: 'reachable', about: 'Order Fulfillment', mend: expect.any(String) })])]);
  } finally {
    process.kill(pid as number, 'SIGCONT');
  }
});
