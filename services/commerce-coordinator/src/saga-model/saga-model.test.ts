/**
 * The machines of order, stock, payment and fulfillment together: what people do, what goes wrong, and what happens by itself are
 * interleaved at random; the rules are judged after every step and when all has come to its end. The decisions are those of the
 * extensions as the host gives them to the log; only what is around them is a model.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { CARDS } from './provider-books.ts';
import { LINE_FATES } from './fulfiller-books.ts';
import { EXTENSIONS } from '../../extensions.config.ts';
import { seeded } from './seeded.ts';
import { World } from './world.ts';
import type { Wish } from './world.ts';

const SKUS = ['tea', 'cake', 'uncounted'];
const HANDLERS = EXTENSIONS.flatMap(({ handlers }) => Object.keys(handlers));

const place = fc.record({
  kind: fc.constant('place' as const),
  lines: fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 3 }), price: fc.constantFrom('10.00', '7.35', '0.00') }), { minLength: 1, maxLength: 3 }),
  freight: fc.constantFrom('5.00', '0.00'),
  card: fc.oneof({ weight: 3, arbitrary: fc.constant('good' as const) }, { weight: 2, arbitrary: fc.constantFrom(...CARDS) }),
  fates: fc.oneof({ weight: 9, arbitrary: fc.array(fc.constantFrom(...LINE_FATES), { minLength: 1, maxLength: 3 }) }, { weight: 1, arbitrary: fc.constant('refused' as const) }),
  isDenied: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const order = fc.nat(3);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('go' as const), steps: fc.integer({ min: 1, max: 25 }), seed: fc.nat(999_999) }) },
  { weight: 3, arbitrary: place },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), order }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refund' as const), order, lineIds: fc.option(fc.subarray(['1', '2', '3'], { minLength: 1 }), { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), order, lineIds: fc.option(fc.subarray(['1', '2', '3'], { minLength: 1 }), { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reRequest' as const), order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retry' as const), order }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('adjust' as const), sku: fc.constantFrom('tea', 'cake'), delta: fc.integer({ min: -4, max: 6 }).filter((delta) => delta !== 0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deadline' as const), order }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('timer' as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compare' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('die' as const), extension: fc.constantFrom(...EXTENSIONS.map(({ name }) => name as string)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lose' as const), pick: fc.nat(9), how: fc.constantFrom('before' as const, 'after' as const, 'late' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('throw' as const), handler: fc.constantFrom(...HANDLERS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('webhook' as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('foreign' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const), order }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('byHand' as const), order, isTotal: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dispute' as const), order, ends: fc.constantFrom('won' as const, 'lost' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('payAgain' as const), order }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refundFails' as const), order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('payFailed' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('slowRefunds' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tellAll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('slowBus' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** Some steps that happen by themselves, drawn by their weight. */
async function go(world: World, steps: number, seed: number): Promise<void> {
  const random = seeded(seed);
  for (let count = 0; count < steps && world.rules.broken.length === 0; count += 1) {
    const possible = world.possible(true);
    let left = random() * possible.reduce((sum, { weight }) => sum + weight, 0);
    const next = possible.find(({ weight }) => (left -= weight) < 0);
    if (next === undefined) return;
    await world.happen(next);
  }
}

async function take(world: World, one: Step): Promise<void> {
  if (one.kind === 'go') return go(world, one.steps, one.seed);
  world.story.push(`* ${JSON.stringify(one)}`);
  const orderId = 'order' in one ? world.pick(one.order, one.kind) : undefined;
  if (one.kind === 'place') world.place(one);
  else if (one.kind === 'adjust') world.adjust(one.sku, one.delta);
  else if (one.kind === 'timer') world.timer(one.pick);
  else if (one.kind === 'compare') world.compare();
  else if (one.kind === 'die') world.die(one.extension);
  else if (one.kind === 'lose') world.lose(one.pick, one.how);
  else if (one.kind === 'throw') world.throwOnce(one.handler);
  else if (one.kind === 'webhook') world.webhook(one.pick);
  else if (one.kind === 'foreign') world.foreign(one.pick);
  else if (one.kind === 'slowRefunds') world.provider.refundsTakeTime = true;
  else if (one.kind === 'tellAll') world.provider.tellsAll = true;
  else if (one.kind === 'slowBus') world.isBusSlow = true;
  else if (one.kind === 'payFailed') world.payFailed();
  else if (orderId === undefined) return;
  else if (one.kind === 'cancel') world.cancel(orderId);
  else if (one.kind === 'refund') world.refund(orderId, one.lineIds);
  else if (one.kind === 'revoke') world.revoke(orderId, one.lineIds);
  else if (one.kind === 'reRequest') world.reRequest(orderId);
  else if (one.kind === 'forget') world.forget(orderId);
  else if (one.kind === 'undo') world.undo(orderId);
  else if (one.kind === 'payAgain') world.payAgain(orderId);
  else if (one.kind === 'refundFails') world.refundFails(orderId);
  else if (one.kind === 'dispute') world.dispute(orderId, one.ends);
  else if (one.kind === 'byHand') world.byHand(orderId, one.isTotal);
  else if (one.kind === 'retry') world.retry(orderId);
  else world.deadline(orderId);
  await world.breathe();
}

/** Plays to the end, or to the first rule that is broken. */
async function play(steps: readonly Step[]): Promise<World> {
  const world = await World.open();
  for (const sku of ['tea', 'cake']) world.adjust(sku, 4);
  for (const one of steps) {
    if (world.rules.broken.length > 0) break;
    await take(world, one);
  }
  if (world.rules.broken.length === 0) await world.settle();
  return world;
}

/** What has nothing to do with an order, or is told by a job and no handler. */
const BESIDE = /^(Cart|User|Customer|Product|Audit|Notification|Webhook)|^(ShippingDelivered|OrderStuck|OrderStatusReported|WorkerStatusReported)$/;
const ENOUGH_RUNS = 1_000;
const RUNS = Number(process.env['SAGA_MODEL_RUNS'] ?? (process.env['LONG'] === '1' ? ENOUGH_RUNS : 250));
const SEED = process.env['SAGA_MODEL_SEED'];

test('whatever is interleaved: stock, money and histories are right at every step, and every order comes to its end', async () => {
  const seen = new Set<string>();
  await fc.assert(fc.asyncProperty(place, fc.array(step, { minLength: 1, maxLength: 40, size: 'large' }), async (first, steps) => {
    const world = await play([first, ...steps]);
    for (const { type } of world.log.events) seen.add(type);
    if (world.rules.broken.length > 0) throw new Error(`${world.rules.broken.slice(0, 3).join('\n')}\nWhat happened:\n  ${world.story.join('\n  ')}`);
  }), { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) });
  // The runs go everywhere, if there are enough of them.
  if (RUNS < ENOUGH_RUNS) return;
  const all = (EXTENSIONS as readonly ExtensionDefinition[]).flatMap(({ signals }) => signals.map(({ entry }) => entry.type));
  expect(all.filter((type) => !seen.has(type) && !BESIDE.test(type))).toEqual([]);
}, 240_000);

const ONE: Wish = { lines: [{ sku: 'tea', quantity: 1, price: '10.00' }], freight: '5.00', card: 'good', fates: ['digital'], isDenied: false };

/** Lets happen what happens by itself, but for what `waits` names, until there is nothing left of it. */
async function calm(world: World, waits: RegExp): Promise<void> {
  for (let next; (next = world.possible(false).find(({ what }) => !waits.test(what()))) !== undefined; ) await world.happen(next);
}

describe('what is rarely met by chance', () => {
  test('a charge that arrives after it was said that nothing is taken is found, and given back', async () => {
    const world = await World.open();
    world.place(ONE);
    await calm(world, /^charge/);
    world.lose(0, 'late');
    world.cancel(world.orderIds[0] as string);
    await calm(world, /late$/);
    expect(world.log.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['PaymentFailed', 'OrderCancelled']));
    await world.settle();
    expect(world.log.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['PaymentOverdue', 'PaymentProcessed', 'PaymentRefunded']));
    expect(world.rules.broken).toEqual([]);
  });

  test('a refund that fails once more, which is told before it was told that it had been paid since, is for a person again', async () => {
    const world = await World.open();
    world.place(ONE);
    await calm(world, /never/);
    const orderId = world.orderIds[0] as string;
    world.refund(orderId, undefined);
    await calm(world, /never/);
    expect(world.refundFails(orderId)).toBe(true);
    await calm(world, /never/);
    expect(world.log.events.at(-1)?.type).toBe('PaymentRefundFailed');
    // It is paid, and that comes back too; the provider tells both, the later one first.
    expect([world.payFailed(), world.refundFails(orderId)]).toEqual([true, true]);
    const paid = world.provider.updates.length - 2;
    world.webhook(paid + 1);
    world.webhook(paid);
    world.retry(orderId);
    await calm(world, /never/);
    await world.settle();
    expect(world.rules.broken).toEqual([]);
  });

  test('a completion that arrives while what is known to be called off is being undone changes nothing', async () => {
    const world = await World.open();
    world.place(ONE);
    world.isBusSlow = true;
    await calm(world, /never/);
    world.undo(world.orderIds[0] as string);
    world.compare();
    await world.breathe();
    await calm(world, /refund/);
    expect(world.order(world.orderIds[0] as string).status).toBe('cancel_pending');
    world.foreign(0);
    await calm(world, /refund/);
    expect(world.log.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['FulfillmentCancelled', 'FulfillmentCompleted']));
    await world.settle();
    expect([world.order(world.orderIds[0] as string).status, world.rules.broken]).toEqual(['cancelled', []]);
  });
});
