// What `pnpm dev` prints and what its keys mean, without a stack.
import { describe, expect, test } from '@jest/globals';
import { BREAKABLE } from '../lab/kinds.ts';
import type { Outcome } from '../lab/outcome.ts';
import { NEVER } from '../lab/outcome.ts';
import { faultOf } from '../lab/wish.ts';
import { Acts } from './acts.ts';
import type { OrderNow, WebhooksNow, World } from './acts.ts';
import { bannerLines, endLines, leftLine } from './banner.ts';
import { openInBrowser } from './browser.ts';
import { colourOf, EventLines } from './event-lines.ts';
import type { StreamedEvent } from './event-lines.ts';
import { actOf, EXPERIMENTS, menuLines } from './menu.ts';
import { harmless, painter } from './paint.ts';
import { sampleOrders } from './sample-orders.ts';
import { assertSpace, withMend } from './start-faults.ts';
import { messagesOf } from './stream.http.ts';

const plain = painter(false, {});
const AT_MS = Date.parse('2026-11-22T10:00:00.000Z');
const iso = (ms: number): string => new Date(AT_MS + ms).toISOString();

function event(eventId: string, name: string, causationId: string | null, atMs: number, more: Partial<StreamedEvent> = {}): StreamedEvent {
  return { eventId, name, subject: 'o-1', topic: 'order-events', origin: 'own', causationId, timestamp: iso(atMs), recordedAt: iso(atMs), data: {}, ...more };
}

describe('events as lines', () => {
  test('stand below what caused them, with the time since the first one, and the way over the bus', () => {
    const lines = new EventLines(plain);
    const said = [
      event('1', 'order.created', null, 0, { data: { orderNumber: 1_001, total: '91.00', currency: 'USD' } }),
      event('2', 'order.reserved', '1', 12),
      event('3', 'payment.failed', '2', 40, { data: { reason: { code: 'card_declined' } } }),
      event('4', 'fulfillment.completed', 'of another log', 140, { origin: 'foreign', timestamp: iso(99) }),
      event('5', 'order.fulfilled', '4', 150),
    ].flatMap((one) => lines.lines(one, AT_MS));
    expect(said).toEqual([
      '  #1001      order.created                                +0 ms  91.00 USD',
      '  #1001        └ order.reserved                          +12 ms',
      '  #1001          └ payment.failed                        +40 ms  card_declined',
      '  #1001        └ fulfillment.completed                  +140 ms  bus→queue 41 ms',
      '  #1001          └ order.fulfilled                      +150 ms',
    ]);
  });

  test('of an order whose number is not told yet are named by the end of its id', () => {
    const lines = new EventLines(plain);
    expect(lines.lines(event('1', 'order.updated', null, 0, { subject: '01a202ff-e268-78a7-8fbd-5230efc896f6' }), AT_MS)[0]).toMatch(/^ {2}…efc896f6 /);
  });

  test('of which the first has no number waits for the one that has, and not for longer than to the next second', () => {
    const lines = new EventLines(plain);
    const subject = '01a202ff-e268-78a7-8fbd-5230efc896f6';
    expect(lines.lines(event('1', 'order.checkout_initiated', null, 0, { subject }), AT_MS)).toEqual([]);
    expect(lines.lines(event('2', 'order.created', '1', 3, { subject, data: { orderNumber: 1_001 } }), AT_MS)).toEqual([
      '  #1001      order.checkout_initiated                     +0 ms', '  #1001        └ order.created                            +3 ms',
    ]);
    expect(lines.lines(event('3', 'order.checkout_initiated', null, 0, { subject: 'x-00000000' }), AT_MS)).toEqual([]);
    expect(lines.tick(AT_MS + 999)).toEqual([]);
    expect(lines.tick(AT_MS + 1_000)).toEqual([expect.stringMatching(/^ {2}…00000000 +order\.checkout_initiated +\+0 ms$/)]);
    expect(lines.tick(AT_MS + 2_000)).toEqual([]);
  });

  test('are no more than 20 in a second, and how many were left out is said; an order that is followed is never left out', () => {
    const lines = new EventLines(plain);
    lines.follow('mine');
    const flood = Array.from({ length: 60 }, (_, n) => event(`e${n}`, 'order.updated', null, n, { subject: `o-${n % 7}` }));
    expect(flood.flatMap((one) => lines.lines(one, AT_MS + 5))).toHaveLength(20);
    expect(lines.lines(event('x', 'order.created', null, 9, { subject: 'mine' }), AT_MS + 900)).toHaveLength(1);
    expect(lines.tick(AT_MS + 999)).toEqual([]);
    expect(lines.tick(AT_MS + 1_000)).toEqual(['  … 40 more events of 7 orders in this second, left out here']);
    expect(lines.tick(AT_MS + 2_000)).toEqual([]);
    lines.unfollow('mine');
    expect(flood.slice(0, 30).flatMap((one) => lines.lines(one, AT_MS + 2_005))).toHaveLength(20);
  });

  test('have a colour by what they are about, and red for what went wrong, beside their words', () => {
    expect([colourOf('order.created'), colourOf('payment.completed'), colourOf('payment.failed'), colourOf('order.cancelled'), colourOf('worker.reported')]).toEqual(['cyan', 'magenta', 'red', 'red', 'grey']);
  });

  test('S43: bring nothing of their data that could steer the terminal', () => {
    const lines = new EventLines(plain);
    const [line = ''] = lines.lines(event('1', 'order.created\u001b[2J', null, 0, { data: { total: '1\u001b]0;title\u0007\r\n', currency: 'U\u202eSD' } }), AT_MS);
    expect(line).toContain('order.created');
    expect(line).toMatch(/1 USD$/);
    expect(harmless('x'.repeat(300))).toHaveLength(200);
  });
});

test('colours are for a terminal, and not where NO_COLOR is set', () => {
  expect(painter(true, {})('red', 'x')).toBe('\u001b[31mx\u001b[0m');
  expect(painter(true, { NO_COLOR: '' })('red', 'x')).toBe('\u001b[31mx\u001b[0m');
  expect([painter(true, { NO_COLOR: '1' })('red', 'x'), painter(false, {})('red', 'x')]).toEqual(['x', 'x']);
});

describe('keys', () => {
  test('o, t, f and q do what the line says, Ctrl-C ends, and every other key does nothing', () => {
    expect(['o', 'T', 'f', 'q', '\u0003', '?', 'x', '7'].map((key) => actOf(key, 'keys')?.kind)).toEqual(['open', 'order', 'menu', 'quit', 'quit', 'help', undefined, undefined]);
  });

  test('in the menu a number breaks something, 0 mends all, any other goes back', () => {
    expect(actOf('1', 'menu')).toEqual({ kind: 'break', experiment: EXPERIMENTS[0] });
    expect(['0', 'x', '9', '\u001b', '\u0003', ' '].map((key) => actOf(key, 'menu')?.kind)).toEqual(['mend', 'back', 'break', 'back', 'quit', 'back']);
    expect(menuLines('http://x/dashboard/break')).toHaveLength(EXPERIMENTS.length + 3);
    expect(menuLines('http://x/dashboard/break', true)).toEqual([expect.stringMatching(/^One at a time: .* press 0 to mend everything/)]);
  });

  test('everything in the menu can be wished, and the first is Order Fulfillment down for 30 s', () => {
    expect(EXPERIMENTS.length).toBeLessThanOrEqual(9);
    for (const { dependency, wish } of EXPERIMENTS) expect(faultOf(dependency, wish, () => 1).kind).toBe(wish.kind);
    expect(EXPERIMENTS[0]?.wish).toEqual({ kind: 'down', seconds: 30 });
    expect(BREAKABLE['order-fulfillment'].kinds.map(({ kind }) => kind)).toContain('down');
  });
});

const COMPLETED_AT_ONCE: OrderNow = { status: 'completed', createdAt: iso(0), updatedAt: iso(200) };
const COMPLETED_LATE: OrderNow = { ...COMPLETED_AT_ONCE, updatedAt: iso(30_000) };
const UNDER_WAY: OrderNow = { ...COMPLETED_AT_ONCE, status: 'paid' };

/** `orderAt`, `webhooksAt`: what Commerce Coordinator says after so many looks at the outcome; 0 is before it broke. */
type Lies = { readonly lateLooks?: number; readonly orderAt?: (look: number, orderId: string) => OrderNow | undefined; readonly webhooksAt?: (look: number) => WebhooksNow };

/** A world in which the first looks find orders on the way, and then all is well. */
function world(outcomes: readonly Partial<Outcome>[], { lateLooks = 0, orderAt = () => COMPLETED_AT_ONCE, webhooksAt = () => ({ queued: 0, givenUp: 0 }) }: Lies = {}) {
  const printed: string[] = [];
  const painted: [string, string][] = [];
  const accepted: string[] = [];
  /** How many orders were placed when it broke. */
  const began: number[] = [];
  let placed = 0;
  let looks = 0;
  let webhookLooks = 0;
  let nowMs = AT_MS;
  const given: World = {
    print: (line) => void printed.push(line), paint: (colour, text) => (painted.push([colour, text]), text), lines: new EventLines(plain), nowMs: () => nowMs,
    lab: {
      begin: async (dependency, wish) => (began.push(placed), faultOf(dependency, wish, () => 42)), mendAll: async () => undefined, accepted: (orderId) => void accepted.push(orderId),
      outcome: async () => ({ ...NEVER, ...outcomes[Math.min(looks++, outcomes.length - 1)] }),
    },
    order: async (orderId) => orderAt(looks, orderId) ?? Promise.reject(new Error('away')),
    webhooks: async () => webhooksAt(looks),
    place: async () => ({ orderId: `o-${(placed += 1)}`, orderNumber: 1_000 + placed }),
    deliveries: async (_orderId, name) => ((webhookLooks += 1) > lateLooks ? [{ event: name, signature: 'valid', answer: 204 }] : Promise.reject(new Error('nobody listens'))),
    sleep: async (ms) => void (nowMs += ms), links: { order: (orderId) => `http://cc/dashboard/orders/${orderId}`, breaks: 'http://cc/dashboard/break', webhooks: 'http://cc/dashboard/webhooks' },
  };
  return { acts: new Acts(given), printed, painted, accepted, began };
}

const orders = (waiting: number, waited = 3, recovered = 0) => ({ touched: 3, waited, recovered, waiting, lost: 0, doubled: 0 });

describe('what the keys do', () => {
  test('an order is told when it is accepted, and with its webhook when it is at its end', async () => {
    const { acts, printed } = world([{}]);
    await acts.placeOrder();
    acts.heard(event('1', 'order.completed', null, 5));
    await new Promise((resolve) => setImmediate(resolve));
    expect(printed[0]).toBe('Order #1001 is accepted after 0 ms.');
    expect(printed.at(-1)).toBe('Order #1001: order.completed after 0 ms.  webhook 204 at your receiver, signature valid  http://cc/dashboard/orders/o-1');
  });

  test('breaking something places three orders, tells each change once and the next step once, and ends with what came of them', async () => {
    const waits = (seconds: number) => [{ orderId: 'o-3', orderNumber: 1_003, status: 'paid', waitsFor: null, nextStep: `In ${seconds} s fulfillment.request is tried again.` }];
    const { acts, printed, accepted } = world([
      { state: 'broken', orders: orders(3), unread: ['Order Fulfillment'], waiting: waits(40) }, { state: 'broken', orders: orders(3), unread: ['Order Fulfillment'] },
      { state: 'recovering', orders: orders(1, 3, 2), waiting: waits(27) }, { state: 'recovering', orders: orders(1, 3, 2), waiting: waits(26) }, { state: 'settled', orders: orders(0, 3, 3) },
    ], { orderAt: (look, orderId) => (look > 4 || (look > 2 && orderId !== 'o-3') ? (orderId === 'o-1' ? COMPLETED_AT_ONCE : COMPLETED_LATE) : look === 1 ? undefined : UNDER_WAY) });
    const run = acts.breakSomething(EXPERIMENTS[0] as never);
    expect(acts.isExperimenting).toBe(true);
    await acts.breakSomething(EXPERIMENTS[1] as never);
    await run;
    expect([accepted, acts.isExperimenting]).toEqual([['o-1', 'o-2', 'o-3'], false]);
    expect(printed).toEqual([
      'One at a time: wait for the end of this one, or mend everything with f, then 0.',
      'Broken: Order Fulfillment down for 30 s (seed 42). 3 orders are placed.',
      '  broken: 3 placed: 3 on the way, 0 had to wait, 0 lost, 0 doubled; could not be asked just now: Order Fulfillment',
      '  mended: 3 placed: 2 completed, 1 on the way, 1 had to wait, 0 lost, 0 doubled. In 27 s fulfillment.request is tried again.',
      '3 placed: 3 completed, 2 had to wait, 0 lost, 0 doubled  http://cc/dashboard/break',
    ]);
  });

  test('nothing is said to be good while the orders are under way, whatever else has settled', async () => {
    const settled = { state: 'settled', orders: { touched: 0, waited: 0, recovered: 0, waiting: 0, lost: 0, doubled: 0 } } as const;
    const still = world([settled], { orderAt: () => UNDER_WAY });
    await still.acts.breakSomething(EXPERIMENTS[5] as never);
    expect(still.printed.at(-1)).toBe('It is not over yet: 3 placed: 3 on the way, 3 had to wait, 0 lost, 0 doubled. It goes on by itself: http://cc/dashboard/break');
    const late = world([settled], { orderAt: (look) => (look > 5 ? COMPLETED_AT_ONCE : UNDER_WAY) });
    await late.acts.breakSomething(EXPERIMENTS[5] as never);
    expect(late.painted.at(-1)).toEqual(['yellow', '3 placed: 3 completed, 0 had to wait, 0 lost, 0 doubled; none of them met it  http://cc/dashboard/break']);
    const well = world([{ ...settled, orders: orders(0) }]);
    await well.acts.breakSomething(EXPERIMENTS[5] as never);
    expect(well.painted.at(-1)?.[0]).toBe('green');
    const lost = world([{ ...settled, orders: { ...orders(0), lost: 1 }, lost: [{ orderId: 'o-1', orderNumber: null, why: 'unknown' }] }], { orderAt: (_look, orderId) => (orderId === 'o-1' ? undefined : COMPLETED_AT_ONCE) });
    await lost.acts.breakSomething(EXPERIMENTS[5] as never);
    expect(lost.painted.at(-1)).toEqual(['red', '3 placed: 2 completed, 0 had to wait, 1 lost, 0 doubled  http://cc/dashboard/break']);
  });

  test('webhooks are waited for, and those that were given up meanwhile are told with the command that sends them', async () => {
    const { acts, printed, painted } = world([{ state: 'settled', orders: orders(0) }], { webhooksAt: (look) => ({ queued: look < 4 ? 5 * look : 0, givenUp: look < 4 ? 7 : 22 }) });
    await acts.breakSomething(EXPERIMENTS[7] as never);
    expect(printed.slice(1, -2)).toEqual(['  mended: 5 webhooks on the way']);
    expect(painted.slice(-2)).toEqual([
      ['yellow', '3 placed: 3 completed, 0 had to wait, 0 lost, 0 doubled  http://cc/dashboard/break'],
      ['yellow', '15 webhooks were given up after the last attempt, and kept. This sends them: cli webhooks recover --since 2m  http://cc/dashboard/webhooks'],
    ]);
  });

  test('where no order is accepted meanwhile, they are placed before it breaks', async () => {
    const { acts, printed, began } = world([{ state: 'settled', orders: orders(0, 3, 3), text: '3 of 3 recovered, 0 lost, 0 doubled' }]);
    for (const experiment of EXPERIMENTS) await acts.breakSomething(experiment);
    expect(began).toEqual([0, 3, 6, 9, 12, 18, 21, 21, 24]);
    expect(printed).toContainEqual(expect.stringMatching(/^Broken: Commerce Coordinator killed.*3 orders were just placed\.$/));
  });

  test.each([
    [1, 'Order #1001: webhook 204 at your receiver, signature valid, late'],
    [100, 'Order #1001: your receiver has not got order.completed in 60 s; what became of it: http://cc/dashboard/webhooks'],
  ])('a webhook that does not come at once is waited for (%j looks in vain), and told', async (lateLooks, end) => {
    const { acts, printed } = world([{}], { lateLooks });
    await acts.placeOrder();
    acts.heard(event('1', 'order.completed', null, 5));
    await new Promise((resolve) => setImmediate(resolve));
    expect(printed.slice(-2)).toEqual([expect.stringContaining('your receiver has not got it yet'), end]);
  });

  test('what does not recover in time is not called recovered', async () => {
    const { acts, printed } = world([{ state: 'recovering', orders: orders(4) }], { orderAt: () => UNDER_WAY });
    await acts.breakSomething(EXPERIMENTS[0] as never);
    expect(printed.at(-1)).toBe('It is not over yet: 3 placed: 3 on the way, 1 of others on the way, 3 had to wait, 0 lost, 0 doubled. It goes on by itself: http://cc/dashboard/break');
  });
});

test('sample orders have a line for each provider, and go on for ever', () => {
  const next = sampleOrders();
  const [first, second] = [next(), next()];
  expect(first.lines.map(({ sku }) => sku)).toEqual(['NW-1', 'NW-2', 'NW-3']);
  expect(second.lines).not.toEqual(first.lines);
  for (let n = 0; n < 200; n += 1) expect(next().lines).toHaveLength(3);
});

test.each<[string, ReturnType<typeof leftLine>]>([
  ['Drained after 9 ms.', leftLine(9, undefined, false)],
  ['Drained after 9 ms, 0 messages in hand.', leftLine(9, { inHand: 0, waiting: 0, deadLetters: 0 }, false)],
  ['Drained after 9 ms, 1 messages in hand; 2 wait in the queue: what they tell is asked for after the next start; 100 dead letters in the dead-letter queue: it is in memory, so they are lost.', leftLine(9, { inHand: 1, waiting: 2, deadLetters: 100 }, false)],
  ['Drained after 9 ms, 0 messages in hand; 1 dead letter in the dead-letter queue: they stay there.', leftLine(9, { inHand: 0, waiting: 0, deadLetters: 1 }, true)],
])('the end says what is left: %s', (line, said) => {
  expect(said).toBe(line);
});

test('the banner has seven lines of where things are, and the keys only for who can press them', () => {
  const description = { cc: 'http://cc', of: 'http://of', receiver: 'http://r' } as never;
  const standing = { description, dataDirectory: '.data', afterMs: 8_120, ownDatabase: false, unknownStock: undefined, bus: 'embedded' } as const;
  const lines = bannerLines(standing, plain);
  expect(lines).toHaveLength(8);
  expect(lines[0]).toBe('The stack is ready after 8.1 s.');
  expect(lines.join('\n')).toMatch(/Dashboard +http:\/\/cc\/dashboard\/\n.*http:\/\/cc\/docs\n.*http:\/\/of\/docs\n.*http:\/\/cc\/docs\/guide\/\n.*http:\/\/r\/\n/);
  expect(endLines('http://cc/once', true, plain)).toEqual([expect.stringContaining('http://cc/once'), 'press o open · t place an order · f break something · q quit']);
  expect(endLines(undefined, false, plain)).toEqual(['Ctrl-C, or SIGTERM, ends it in order.']);
});

describe('a start that does not come about', () => {
  test('for want of room says where, how much is free, and the mend', async () => {
    const missing = Object.assign(new Error('none'), { code: 'ENOENT' });
    const free = (bytes: number) => async (path: string) => (path === '/disk' ? bytes : Promise.reject(missing));
    await expect(assertSpace('/disk/not/there', free(99 * 1_048_576))).rejects.toThrow('The disk of /disk/not/there has 99 MiB free, and the databases need 512 MiB: free some, or set DATA_DIR');
    await assertSpace('/disk/not/there', free(600 * 1_048_576));
    await assertSpace('/elsewhere', () => Promise.reject(new Error('not to be seen')));
  });

  test.each([
    ['postgres ended: error while loading shared libraries: libxml2.so.2: cannot open', 'needs the system library libxml2.so.2, which is not installed. Install it (on Debian: `apt-get install libxml2`)'],
    ['initdb: error: could not write: No space left on device', 'The disk is full: free some room, or set DATA_DIR'],
    ["EACCES: permission denied, mkdir '/x/.data'", 'belongs to somebody else'],
    ['spawn setpriv ENOENT', 'The program setpriv is not installed here'],
  ])('with the words "%s" names the mend', (words, mend) => {
    expect(withMend(new Error(words))).toContain(mend);
    expect(withMend(new Error(words))).toContain(words);
  });

  test('with other words says them as they are', () => {
    expect(withMend(new Error('no such luck', { cause: new Error('why') }))).toBe('no such luck\nwhy');
  });
});

test('whether a browser could be opened is known, so that the address can be printed instead', async () => {
  expect(await Promise.all(['true', 'false', 'no-such-program-here'].map((program) => openInBrowser('http://x', program)))).toEqual([true, false, false]);
});

test('a stream of events is read whole, however it is cut, without what it says of itself', async () => {
  const text = 'retry: 1000\n\nid: a\nevent: notice\ndata: {"code":"live"}\n\n: heartbeat\nid: b\n\nid: c\ndata: {"n":"ü"}\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const pieces = (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    })();
    const read = [];
    for await (const message of messagesOf(pieces)) if (message.id !== undefined) read.push(message);
    expect(read).toEqual([{ id: 'a', data: undefined }, { id: 'b', data: undefined }, { id: 'c', data: '{"n":"ü"}' }]);
  }
});
