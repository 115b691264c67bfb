// The lab without a stack: what may be wished, when something is broken and when it is mended, and how what came of it is judged.
import { ENTRIES } from '@commerce/events/entries';
import { startLocalAws } from '@commerce/local-aws/server';
import { afterEach, describe, expect, test } from '@jest/globals';
import { faultSettingsSchema as lmsFaults } from '../stand-ins/lms/faults.ts';
import { faultSettingsSchema as paymentsFaults } from '../stand-ins/payments/faults.ts';
import { faultSettingsSchema as receiverFaults } from '../stand-ins/receiver/receiver.http.ts';
import { breakablesOf, proxyMode } from './breakables.ts';
import type { Breakables } from './breakables.ts';
import type { BreakRecord } from './breaks.ts';
import { BREAKABLE, DEPENDENCIES } from './kinds.ts';
import { Lab } from './lab.ts';
import { judge } from './outcome.ts';
import type { Facts, OrderFact } from './outcome.ts';
import { faultOf, WishRefused } from './wish.ts';
import type { Wish } from './wish.ts';

const START_MS = Date.parse('2026-11-22T10:00:00.000Z');
const iso = (ms: number): string => new Date(START_MS + ms).toISOString();

describe('a wish', () => {
  test('gets the defaults of its kind, and a seed that is told', () => {
    expect(faultOf('lms', { kind: 'partial', seconds: 9 }, () => 77)).toEqual({ kind: 'partial', seconds: 9, seed: 77, latencyMs: null, share: 0.5 });
    expect(faultOf('bus', { kind: 'reorder', seconds: 9, seed: 3, share: 0.1 }, () => 77)).toEqual({ kind: 'reorder', seconds: 9, seed: 3, latencyMs: 2_000, share: 0.1 });
  });

  test.each<[string, Parameters<typeof faultOf>[0], Wish, string]>([
    ['of a kind that the part has not', 'issuer', { kind: 'slow', seconds: 1 }, 'Token issuer cannot be broken as "slow": only as down'],
    ['for longer than may be', 'commerce-coordinator', { kind: 'down', seconds: 16 }, 'at most 15 s'],
    ['with what its kind does not take', 'lms', { kind: 'down', seconds: 1, share: 0.5 }, 'takes no share'],
  ])('%s is refused', (_what, dependency, wish, words) => {
    expect(() => faultOf(dependency, wish, () => 0)).toThrow(words);
  });
});

/** A lab whose time stands still until it is moved, over parts that note what is done with them. */
function stillLab({ facts = noFacts(), openIds = [] as string[], mends = async (): Promise<void> => undefined } = {}) {
  const done: string[] = [];
  let nowMs = START_MS;
  let timers: { atMs: number; run: () => void }[] = [];
  const part = (name: string) => ({ begin: async ({ kind }: { kind: string }) => void done.push(`${name} ${kind}`), mend: async () => mends().then(() => void done.push(`${name} mended`)) });
  const breakables: Breakables = { lms: part('lms'), bus: part('bus'), 'order-fulfillment': part('of') };
  const lab = new Lab({
    breakables, why: { database: 'DATABASE_URL names a server of your own.' }, nowMs: () => nowMs, drawSeed: () => 5,
    after: (ms, run) => {
      const timer = { atMs: nowMs + ms, run };
      timers.push(timer);
      return () => void (timers = timers.filter((one) => one !== timer));
    },
    readOpenIds: async () => openIds,
    readFacts: async (_sinceMs, named) => ({ ...facts, missing: [...named].filter((id) => !facts.orders.some(({ orderId }) => orderId === id)) }),
  });
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    for (const { run } of timers.splice(0, timers.length, ...timers.filter(({ atMs }) => atMs > nowMs)).filter(({ atMs }) => atMs <= nowMs)) run();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const active = () => lab.faults().dependencies.filter((one) => one.active !== null).map(({ dependency }) => dependency);
  return { lab, done, pass, active };
}

function noFacts(orders: readonly OrderFact[] = []): Facts {
  return { orders, missing: [], care: new Map(), fulfillments: new Map(), ledger: [], booksRead: new Set(['lms']), money: [], unread: [], isCut: false };
}

describe('a break', () => {
  test('ends by itself when its time is over, and not before', async () => {
    const { lab, done, pass, active } = stillLab();
    await lab.begin('lms', { kind: 'down', seconds: 10 });
    await pass(9_999);
    expect([active(), done]).toEqual([['lms'], ['lms down']]);
    await pass(1);
    expect([active(), done]).toEqual([[], ['lms down', 'lms mended']]);
  });

  test('takes the place of the one before it of the same part, and leaves other parts alone', async () => {
    const { lab, done, pass, active } = stillLab();
    await lab.begin('lms', { kind: 'partial', seconds: 10 });
    await lab.begin('lms', { kind: 'down', seconds: 10 });
    await lab.begin('bus', { kind: 'duplicate', seconds: 100 });
    await lab.begin('lms', { kind: 'slow', seconds: 50 });
    await pass(20_000);
    expect([active(), done]).toEqual([['bus', 'lms'], ['lms partial', 'lms mended', 'lms down', 'bus duplicate', 'lms mended', 'lms slow']]);
    await lab.mendAll();
    expect(active()).toEqual([]);
    expect((await lab.outcome()).breaks.map(({ dependency, kind, endedAt }) => [dependency, kind, endedAt])).toEqual([['lms', 'partial', iso(0)], ['lms', 'down', iso(0)], ['bus', 'duplicate', iso(20_000)], ['lms', 'slow', iso(20_000)]]);
  });

  test('that the part does not give up yet goes on, and its end is asked for again', async () => {
    let isAway = true;
    const { lab, pass, active } = stillLab({ mends: async () => { if (isAway) throw new Error('away'); } });
    await lab.begin('lms', { kind: 'slow', seconds: 1 });
    await pass(1_000);
    expect(active()).toEqual(['lms']);
    isAway = false;
    await pass(500);
    expect(active()).toEqual([]);
  });

  test('of a part that is not ours is refused with the reason, and the list says it, too', async () => {
    const { lab } = stillLab();
    await expect(lab.begin('database', { kind: 'down', seconds: 1 })).rejects.toThrow('DATABASE_URL names a server of your own.');
    expect(lab.faults().dependencies.find(({ dependency }) => dependency === 'database')?.unavailable).toBe('DATABASE_URL names a server of your own.');
    lab.close();
    await expect(lab.begin('lms', { kind: 'down', seconds: 1 })).rejects.toThrow(WishRefused);
  });
});

describe('what came of it', () => {
  const order = (orderId: string, placedMs: number, status: string, endMs = placedMs, lines: OrderFact['lines'] = []): OrderFact =>
    ({ orderId, orderNumber: 1_000 + Number(orderId.slice(2)), status, createdAt: iso(placedMs), updatedAt: iso(endMs), lines });
  const broken: BreakRecord = { dependency: 'lms', kind: 'down', seed: 1, beganAtMs: START_MS, endedAtMs: START_MS + 30_000 };
  const of = (facts: Partial<Facts>, nowMs = 60_000, record = broken) => judge([record], { ...noFacts(), ...facts }, START_MS + nowMs);
  const care = (orderId: string, nextStep: string) => new Map([[orderId, { waitsFor: 'It waits for a person.', nextStep }]]);

  test('counts who was under way meanwhile, who of them waited, and who has recovered', () => {
    const orders = [
      order('o-1', 1_000, 'completed', 1_900), order('o-2', 1_000, 'completed', 31_000), order('o-3', 29_000, 'cancelled', 33_000), order('o-4', 2_000, 'fulfilling'),
      order('o-5', -9_000, 'completed', -8_000), order('o-6', 31_000, 'created'), order('o-7', -9_000, 'completed', 500),
    ];
    expect(of({ orders })).toMatchObject({ state: 'recovering', orders: { touched: 5, waited: 3, recovered: 2, waiting: 1, lost: 0, doubled: 0 }, text: '1 waits; 2 of 3 recovered so far, 1 of them called off, 0 lost, 0 doubled', waiting: [{ orderId: 'o-4' }] });
    expect(of({ orders: orders.slice(1, 3) })).toMatchObject({ state: 'settled', text: '2 of 2 recovered, 1 of them called off, 0 lost, 0 doubled' });
    expect(of({ orders: orders.slice(0, 1) })).toMatchObject({ state: 'settled', text: '1 order went through and none had to wait, 0 lost, 0 doubled' });
    expect(of({ orders: [] }, 10_000, { ...broken, endedAtMs: null })).toMatchObject({ state: 'broken', until: null });
    expect(of({ orders: orders.slice(5, 6) })).toMatchObject({ state: 'settled', text: 'No order was under way meanwhile: 0 lost, 0 doubled' });
  });

  test('an order is lost when nothing happens to it any more, when nobody knows it, or when it is completed and nobody delivered it', () => {
    const waiting = order('o-4', 2_000, 'on_hold');
    expect(of({ orders: [waiting], care: care('o-4', 'Nothing: a person decides.') })).toMatchObject({ state: 'settled', orders: { lost: 1, waiting: 0 }, lost: [{ orderId: 'o-4' }] });
    expect(of({ orders: [waiting], care: care('o-4', 'In 5 s fulfillment.request is tried again.') })).toMatchObject({ orders: { lost: 0, waiting: 1 } });
    expect(of({ missing: ['o-9'] })).toMatchObject({ orders: { lost: 1 }, lost: [{ orderId: 'o-9', orderNumber: null }] });
    const delivered = order('o-8', 1_000, 'completed', 2_000, [{ lineId: 'l-1', outcome: { provider: 'lms', status: 'fulfilled' } }]);
    const row = { provider: 'lms', orderId: 'o-8', lineId: 'l-1', quantity: 1, effects: 1, reversals: 0 };
    expect(of({ orders: [delivered], ledger: [row] }).orders.lost).toBe(0);
    expect(of({ orders: [delivered], ledger: [{ ...row, reversals: 1 }] }).orders.lost).toBe(1);
    // Books that could not be read prove nothing.
    expect(of({ orders: [delivered], booksRead: new Set() }).orders.lost).toBe(0);
  });

  test('an order is doubled when a provider delivered or charged twice, and not when one of them was taken back', () => {
    const orders = [order('o-1', 1_000, 'completed', 2_000)];
    const row = { provider: 'lms', orderId: 'o-1', lineId: 'l-1', quantity: 1, effects: 2, reversals: 0 };
    expect(of({ orders, ledger: [row] })).toMatchObject({ orders: { doubled: 1 }, doubled: [{ what: 'line l-1 was delivered 2 times' }], text: '1 order went through and none had to wait, 0 lost, 1 doubled' });
    expect(of({ orders, ledger: [{ ...row, reversals: 1 }] }).orders.doubled).toBe(0);
    expect(of({ orders, money: [{ orderId: 'o-1', charges: 2 }] }).doubled).toEqual([{ orderId: 'o-1', orderNumber: 1_001, what: 'it was charged 2 times' }]);
    expect(of({ orders, fulfillments: new Map([['o-1', [{ lineId: 'l-1', status: 'fulfilled' }, { lineId: 'l-1', status: 'fulfilled' }]]]) }).orders.doubled).toBe(1);
    expect(of({ orders, fulfillments: new Map([['o-1', [{ lineId: 'l-1', status: 'fulfilled' }, { lineId: 'l-1', status: 'revoked' }]]]) }).orders.doubled).toBe(0);
  });

  test('an accepted order that Commerce Coordinator forgets is lost; those of before the break are none of it', async () => {
    const { lab, pass } = stillLab({ openIds: ['o-2'], facts: noFacts([order('o-2', -1_000, 'paid')]) });
    lab.accepted('o-1');
    await pass(1_000);
    await lab.begin('lms', { kind: 'down', seconds: 10 });
    lab.accepted('o-3');
    expect(await lab.outcome()).toMatchObject({ orders: { touched: 1, waiting: 1, lost: 1 }, lost: [{ orderId: 'o-3' }] });
  });

  test('is what was seen last while Commerce Coordinator does not answer, and says so', async () => {
    const { lab } = stillLab();
    expect(await lab.outcome()).toMatchObject({ state: 'never', text: 'Nothing was broken yet.' });
    const away = new Lab({ breakables: { lms: { begin: async () => undefined, mend: async () => undefined } }, why: {}, nowMs: () => START_MS, after: () => () => undefined, drawSeed: () => 1, readOpenIds: async () => [], readFacts: () => Promise.reject(new Error('away')) });
    await away.begin('lms', { kind: 'down', seconds: 1 });
    expect(await away.outcome()).toMatchObject({ state: 'broken', unread: ['Commerce Coordinator'], judgedAt: null });
    await away.mend('lms');
    expect((await away.outcome()).state).toBe('recovering');
  });
});

describe('every way to break something', () => {
  const sent: Record<string, object[]> = {};
  const send = (name: string) => async (settings: object): Promise<void> => void (sent[name] ??= []).push(settings);
  const modes: object[] = [];
  const proxy = { port: 0, set: (mode: object) => void modes.push(mode), close: async () => undefined };
  const held: string[] = [];
  const queued: string[] = [];
  const parts = breakablesOf({
    process: (name) => ({ hold: async () => void held.push(name), release: () => undefined }), proxies: { 'order-fulfillment': proxy, database: proxy },
    aws: send('aws'), enqueue: async (bodies) => void queued.push(...bodies), lms: send('lms'), payments: send('payments'), receiver: send('receiver'), usual: { lms: { serverError: 0.1 }, payments: {} },
  });
  let aws: Awaited<ReturnType<typeof startLocalAws>> | undefined;
  afterEach(async () => {
    await aws?.close();
    aws = undefined;
  });

  test('is taken by the part that it is for, and its end leaves what was usual', async () => {
    aws = await startLocalAws();
    for (const dependency of DEPENDENCIES) {
      for (const { kind } of BREAKABLE[dependency].kinds) {
        await parts[dependency]?.begin(faultOf(dependency, { kind, seconds: 1 }, () => 9));
        for (const settings of sent['aws'] ?? []) aws.faults.set(settings);
        await parts[dependency]?.mend();
      }
    }
    for (const [name, schema] of [['lms', lmsFaults], ['payments', paymentsFaults], ['receiver', receiverFaults]] as const) for (const settings of sent[name] ?? []) schema.parse(settings);
    expect(sent['lms']?.at(-1)).toEqual({ serverError: 0.1 });
    expect(sent['aws']?.at(-1)).toEqual({});
    expect(new Set(held)).toEqual(new Set(['order-fulfillment', 'lms', 'payments', 'issuer', 'receiver']));
    expect(modes).toHaveLength(2 * 4);
  });

  test('bad messages go into the queue as EventBridge would deliver them, of a type that the catalogue does not have', async () => {
    queued.length = 0;
    const before = sent['aws']?.length;
    await parts.queue?.begin(faultOf('queue', { kind: 'unknown', seconds: 1, seed: 3 }, () => 0));
    expect(queued).toHaveLength(5);
    for (const [index, body] of queued.entries()) expect(JSON.parse(body)).toMatchObject({ source: 'order-fulfillment', 'detail-type': 'NobodyKnowsThis', detail: { seed: 3, number: index + 1 } });
    expect(ENTRIES.map(({ type }) => type)).not.toContain('NobodyKnowsThis');
    expect(sent['aws']?.length).toBe(before);
    await parts.queue?.mend();
    expect(queued).toHaveLength(5);
  });

  test('bus and queue are broken beside each other, each with its own seed', async () => {
    await parts.bus?.begin(faultOf('bus', { kind: 'duplicate', seconds: 1, seed: 1 }, () => 0));
    await parts.queue?.begin(faultOf('queue', { kind: 'partial', seconds: 1, seed: 2 }, () => 0));
    expect(sent['aws']?.at(-1)).toEqual({ seed: 1, duplicates: 1, callsTo: 'sqs', callSeed: 2, errors: 0.25, lostAnswers: 0.25 });
    await parts.bus?.mend();
    expect(sent['aws']?.at(-1)).toEqual({ callsTo: 'sqs', callSeed: 2, errors: 0.25, lostAnswers: 0.25 });
  });

  test('what a proxy cuts follows from the seed alone, about the share of it, half of it before it had an effect', () => {
    const draw = (seed: number): string[] => {
      const { next } = proxyMode({ kind: 'partial', seconds: 1, seed, latencyMs: null, share: 0.4 });
      return Array.from({ length: 1_000 }, next);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(2)).not.toEqual(draw(1));
    const count = (fate: string): number => draw(1).filter((one) => one === fate).length;
    expect(Math.abs(count('cut') - 200)).toBeLessThan(50);
    expect(Math.abs(count('answer-lost') - 200)).toBeLessThan(50);
  });
});
