/** What judges a simulation can find it guilty: each witness is shown what it must not let pass. */
import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { Problem } from '@commerce/service-kit/problems';
import { misCarried } from './carried.ts';
import { Clients } from './clients.ts';
import type { Place, Placed } from './clients.ts';
import { Cluster } from './cluster.ts';
import { databaseDown } from './database.ts';
import { Fulfilling } from './fulfilling.ts';
import { Kernel } from './kernel.ts';
import { Poison } from './poison.ts';
import { Process } from './process.ts';
import { MemoryQueue } from './queue.ts';
import { Summary } from './summary.ts';
import { dueOf, Timely, WITHIN_MS } from './timely.ts';
import { Webhooks } from './webhooks.ts';

/** Nothing goes wrong, and nothing of it is drawn. */
function calm(): Kernel {
  const kernel = new Kernel(1, false);
  kernel.isCalm = true;
  return kernel;
}

async function pass(kernel: Kernel, ms: number, each: () => void = () => undefined): Promise<void> {
  const untilMs = kernel.nowMs + ms;
  kernel.after(ms, '', () => undefined);
  while (kernel.nowMs < untilMs && (await kernel.step())) each();
}

const FORM = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'tea', quantity: 1, unitPrice: '10.00' }] };
const ORDER = { orderId: 'o1', orderNumber: 1, customerId: 'VINET', status: 'created', currency: 'USD', total: '10.00', createdAt: '2026-01-05T09:30:00.000Z' } as const;

/** One client that places one order; `answer`: what it is answered, the first time and again. */
async function play(answers: readonly (Placed | Error)[], rows: Readonly<Record<string, { readonly key: string; readonly quantity: number }>>, isTold = true): Promise<Clients & { readonly broken: string[] }> {
  // A seed whose clients ask once.
  const kernel = new Kernel(1, false);
  kernel.isCalm = true;
  const broken: string[] = [];
  const orders = new Map(Object.entries(rows).map(([orderId, { key, quantity }]) => [orderId, { request: { idempotencyKey: key }, placed: { orderNumber: 1, total: '10.00', lines: [{ sku: 'tea', quantity }] } }]));
  const world = { tables: { orders }, log: { history: (subject: string) => (isTold && orders.has(subject) ? [{ type: 'OrderCreated' }] : []) }, rules: { break: (text: string) => broken.push(text) } };
  const left = [...answers];
  const place: Place = async () => {
    const answer = left.shift();
    if (answer === undefined) return new Promise(() => undefined);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clients = new Clients(kernel, world as never, place);
  clients.want(FORM, 10);
  for (let steps = 0; steps < 20 && (await kernel.step()); steps += 1);
  return Object.assign(clients, { broken });
}

describe('A client', () => {
  const placed: Placed = { order: ORDER, isReplayed: false };

  test('finds what it asked for and was told of', async () => {
    const clients = await play([placed], { o1: { key: 'key-1', quantity: 1 } });
    expect([clients.isDone, clients.lost(), clients.unexpected(true), clients.broken]).toEqual([true, [], [], []]);
  });

  test('asks again under its key until it is answered', async () => {
    const clients = await play([databaseDown(), placed], { o1: { key: 'key-1', quantity: 1 } });
    expect([clients.isDone, clients.lost(), clients.unexpected(true), clients.broken]).toEqual([true, [], [], []]);
  });

  test('takes a fault of the intake itself for no silence', async () => {
    const clients = await play([new TypeError('of undefined'), placed], { o1: { key: 'key-1', quantity: 1 } });
    expect(clients.broken).toEqual([expect.stringContaining('TypeError: of undefined')]);
  });

  test('misses an order that has no row, and one that the log does not tell of', async () => {
    expect((await play([placed], {})).lost()).toEqual([expect.stringContaining('has no row')]);
    expect((await play([placed], { o1: { key: 'key-1', quantity: 1 } }, false)).lost()).toEqual([expect.stringContaining('does not stand in the log')]);
  });

  test('tells of orders that nobody asked for, that are there twice, or are others than were asked for', async () => {
    expect((await play([placed], { o1: { key: 'key-1', quantity: 1 }, o2: { key: 'key-2', quantity: 1 } })).unexpected(false)).toEqual([expect.stringContaining('nobody asked')]);
    expect((await play([placed], { o1: { key: 'key-1', quantity: 1 }, o2: { key: 'key-1', quantity: 1 } })).unexpected(false)).toEqual([expect.stringContaining('a second order')]);
    expect((await play([placed], { o1: { key: 'key-1', quantity: 2 } })).unexpected(false)).toEqual([expect.stringContaining('other lines')]);
  });

  test('tells of an order that it was never told of, once all have their answers', async () => {
    const clients = await play([], { o1: { key: 'key-1', quantity: 1 } });
    expect([clients.isDone, clients.unexpected(false)]).toEqual([false, []]);
    expect(clients.unexpected(true)).toEqual([expect.stringContaining('not what its client was told of')]);
  });

  test('is not content with a refusal of what can be taken', async () => {
    const refusal = new Problem({ code: 'idempotency_key_reused', status: 422, title: 'used', help: '', retryable: false } as never);
    expect((await play([refusal], {})).broken).toEqual([expect.stringContaining('refused with 422')]);
  });
});

describe('The delivery of webhooks', () => {
  const event = (type: string, eventId: string, orderId = 'o1'): StoredEvent => ({ type, eventId, data: { orderId } }) as never;
  const body = (orderId: string) => ({ id: 'e3', event: 'order.created', created: '', data: { orderId } });

  function open(kernel = calm()) {
    const faults: string[] = [];
    const webhooks = new Webhooks(kernel, (text) => faults.push(text));
    const plan = (eventId: string, orderId = 'o1', to = webhooks.registry.wanting('order.created', body(orderId))): void => (
      webhooks.keep([{ eventId, name: 'order.created', subject: orderId, body: JSON.stringify(body(orderId)), to, isReplay: false, traceparent: null }])
    );
    return { kernel, faults, webhooks, plan };
  }

  test('is found out when nothing is planned, for each of those who want it and for no other', () => {
    const { faults, webhooks } = open();
    webhooks.checkEnd([event('OrderCreated', 'e1'), event('OrderShipped', 'e2'), event('OrderCreated', 'e3', 'o2'), event('PaymentDuplicated', 'e4'), event('InventoryAdjusted', 'e5')]);
    expect(faults.toSorted()).toEqual(['webhook: for ledger nothing is planned of OrderCreated', ...['OrderCreated', 'OrderCreated', 'OrderShipped'].map((type) => `webhook: for shop nothing is planned of ${type}`)]);
  });

  test('is found out when something is planned that is not wanted: of no event, of another type, of another order', () => {
    const { faults, webhooks, plan } = open();
    const everybody = webhooks.registry.wanting('order.created', body('o1'));
    expect(everybody.map(({ endpoint: { endpointId } }) => endpointId)).toEqual(['shop', 'ledger']);
    expect(webhooks.registry.wanting('order.created', body('o2')).map(({ endpoint: { endpointId } }) => endpointId)).toEqual(['shop']);
    for (const [eventId, orderId] of [['e1', 'o1'], ['e2', 'o1'], ['e3', 'o2']] as const) plan(eventId, orderId, everybody);
    webhooks.checkEnd([event('OrderShipped', 'e2'), event('OrderCreated', 'e3', 'o2')]);
    expect(faults.filter((text) => text.includes('something is planned'))).toEqual([
      'webhook: for shop something is planned of an event that the log does not have, which it does not want', 'webhook: for ledger something is planned of an event that the log does not have, which it does not want',
      'webhook: for ledger something is planned of OrderShipped, which it does not want', 'webhook: for ledger something is planned of OrderCreated, which it does not want',
    ]);
  });

  async function delivered() {
    const opened = open();
    const { kernel, webhooks, plan } = opened;
    webhooks.start(new Process(kernel, 'cc'));
    plan('e1', 'o2');
    webhooks.wake();
    await pass(kernel, 1_000, () => webhooks.wake());
    expect([webhooks.rows.map(({ state }) => state), opened.faults]).toEqual([['delivered'], []]);
    const [row] = webhooks.rows;
    if (row === undefined) throw new Error('Nothing was planned.');
    const sendAgain = (): Promise<void> => {
      row.state = 'ready';
      webhooks.wake();
      return pass(kernel, 1_000, () => webhooks.wake());
    };
    return { ...opened, row, again: sendAgain };
  }

  test('is found out when a webhook comes again though it was answered', async () => {
    const { faults, again } = await delivered();
    await again();
    expect(faults).toEqual([expect.stringContaining('order.created d1 comes again, and nothing was lost of the time before')]);
  });

  test('is found out when a webhook comes with other bytes', async () => {
    const { faults, row, again } = await delivered();
    Object.assign(row.lease, { body: Buffer.from('another') });
    Object.assign(row.comings[0] as object, { isWritten: false, isAnswerLost: true });
    await again();
    expect(faults).toEqual(['webhook: order.created d1 came with other bytes']);
  });

  test('is found out at the end when a webhook is left, is called delivered and never came, or was given up too early', async () => {
    const at = async (members: object): Promise<string[]> => {
      const { faults, webhooks, row } = await delivered();
      Object.assign(row, members);
      webhooks.checkEnd([event('OrderCreated', 'e1', 'o2')]);
      return faults;
    };
    expect(await at({})).toEqual([]);
    expect(await at({ state: 'ready' })).toEqual(['webhook: order.created d1 for shop is ready after 1 attempts']);
    expect(await at({ comings: [] })).toEqual(['webhook: order.created d1 is called delivered, and never came']);
    expect(await at({ state: 'dead' })).toEqual(['webhook: order.created d1 was given up after 1 attempts']);
  });

  test('leases no more than its lane has room for, and begins again after a pause', async () => {
    const { kernel, webhooks, plan } = open();
    for (let count = 0; count < 100; count += 1) plan(`e${count}`, 'o2');
    webhooks.start(new Process(kernel, 'cc'));
    webhooks.wake();
    const leased = webhooks.rows.filter(({ state }) => state === 'leased').length;
    expect(leased).toBeGreaterThan(0);
    expect(leased).toBeLessThan(100);
    await pass(kernel, 10_000, () => webhooks.wake());
    expect(webhooks.isDone).toBe(true);
  });
});

describe('What lies between the services', () => {
  const told = (type: string, eventId: string, origin: 'own' | 'foreign' = 'own'): StoredEvent => ({ type, eventId, origin }) as never;

  test('is found out when a bus misses an event, or has one that is not told outside', () => {
    const events = [told('OrderCreated', 'e1'), told('OrderUpdated', 'e2'), told('PaymentDuplicated', 'e3'), told('FulfillmentCompleted', 'e4', 'foreign')];
    expect(misCarried('cc', events, new Map([['e1', 1]]))).toEqual([]);
    expect(misCarried('cc', events, new Map())).toEqual(['bus: 1 events of cc never reached it, such as OrderCreated']);
    for (const [eventId, type] of [['e2', 'OrderUpdated'], ['e3', 'PaymentDuplicated'], ['e4', 'FulfillmentCompleted']] as const) {
      expect(misCarried('cc', events, new Map([['e1', 1], [eventId, 1]]))).toEqual([`bus: cc has published ${type}, which is not its to tell`]);
    }
    expect(misCarried('of', [told('FulfillmentCheckDue', 'e1'), told('AuditRecorded', 'e2')], new Map([['e1', 1]]))).toEqual(['bus: of has published FulfillmentCheckDue, which is not its to tell']);
  });

  /** A message that nobody can take is received five times, each time by another process, and then it is dead. `hand`: what becomes of each that has it. */
  async function poisoned(hand: (process: Process, kernel: Kernel) => void): Promise<{ readonly poison: Poison; readonly hands: readonly Process[]; readonly check: () => string[] }> {
    const kernel = calm();
    const queue = new MemoryQueue(kernel, () => undefined);
    const poison = new Poison(kernel, queue, { events: [] } as never);
    Object.assign(kernel, { draws: (kind: string) => kind === 'poison.malformed' });
    poison.send();
    const hands = Array.from({ length: 5 }, () => new Process(kernel, 'cc'));
    for (const process of hands) {
      const receiving = queue.calls(process).receive(10, new AbortController().signal);
      await pass(kernel, 1_000);
      const [message] = await receiving;
      void queue.calls(process).changeVisibility([{ receiptHandle: message?.receiptHandle ?? '', seconds: 1 }], new AbortController().signal);
      await pass(kernel, 100);
      hand(process, kernel);
      await pass(kernel, 1_000);
    }
    void queue.calls(new Process(kernel, 'cc')).receive(10, new AbortController().signal);
    await pass(kernel, 1_000);
    expect(queue.dead.map(({ receiveCount }) => receiveCount)).toEqual([5]);
    return {
      poison, hands,
      check: () => {
        const said: string[] = [];
        poison.checkEnd((text) => said.push(text));
        return said;
      },
    };
  }

  test('is found out when a message that was given up has no reason', async () => {
    const { poison, check } = await poisoned(() => undefined);
    expect(check()).toEqual(['poison: the dead message m1 has no reason']);
    poison.refused(['m1']);
    expect(check()).toEqual([]);
  });

  test('is excused for a reason that is missing when whoever had the message died each time, or had no database', async () => {
    expect((await poisoned((process) => process.end())).check()).toEqual([]);
    expect((await poisoned((_process, kernel) => kernel.clog('cc.db'))).check()).toEqual([]);
  });

  test('is not excused by a death that came later', async () => {
    const { hands, check } = await poisoned(() => undefined);
    for (const process of hands) process.end();
    expect(check()).toEqual(['poison: the dead message m1 has no reason']);
  });

  test('is found out when poison is not given up, and when something else is given up too early', async () => {
    const kernel = calm();
    const queue = new MemoryQueue(kernel, () => undefined);
    const poison = new Poison(kernel, queue, { events: [] } as never);
    Object.assign(kernel, { draws: (kind: string) => kind === 'poison.malformed' });
    poison.send();
    queue.dead.push({ id: 'm9', body: 'another', receiveCount: 2, hands: [] } as never);
    const said: string[] = [];
    poison.checkEnd((text) => said.push(text));
    expect(said).toEqual([expect.stringContaining('poison: a message that cannot be taken is not in the dead-letter queue'), 'poison: m9 was given up after 2 receives']);
  });

  test('is found out when a message comes again while it is in hand', async () => {
    const kernel = calm();
    const faults: string[] = [];
    const queue = new MemoryQueue(kernel, (text) => faults.push(text));
    queue.send('{}');
    for (let times = 0; times < 2; times += 1) {
      void queue.calls(new Process(kernel, 'cc')).receive(10, new AbortController().signal);
      await pass(kernel, 12_000);
    }
    expect(faults).toEqual(['queue: m1 came again while it was in hand']);
  });
});

describe('Order Fulfillment', () => {
  type Lines = readonly { readonly lineId: string; readonly provider: string; readonly status: string }[];

  /** With these fulfillments, and what the provider has of each line: how often it was carried out. */
  function open(fulfillments: Readonly<Record<string, Lines>>, effects: Readonly<Record<string, number>>) {
    const fulfilling = new Fulfilling(calm());
    const broken: string[] = [];
    fulfilling.rules = { break: (text: string) => broken.push(text) } as never;
    for (const [fulfillmentId, lines] of Object.entries(fulfillments)) fulfilling.side.rows.fulfillments.set(fulfillmentId, { fulfillmentId, orderId: 'o1', lines } as never);
    for (const [key, times] of Object.entries(effects)) fulfilling.side.rows.effects.set(key, { orderId: 'o1', lineId: key.split('\n')[1] ?? '', effects: times, reversals: 0 });
    return { fulfilling, broken };
  }
  const line = (status: string, provider = 'instant'): Lines => [{ lineId: '1', provider, status }];
  const atEnd = (...given: Parameters<typeof open>): readonly string[] => {
    const { fulfilling, broken } = open(...given);
    fulfilling.checkDelivered();
    fulfilling.checkEnd();
    return broken;
  };

  test('is found out when its rows and the books of its providers differ', () => {
    expect(atEnd({ f1: line('fulfilled') }, { 'f1\n1': 1 })).toEqual([]);
    expect(atEnd({ f1: line('failed') }, { 'f1\n1': 1 })).toEqual(['delivery: line 1 of o1 is failed, at instant it is carried out 1 times and taken back 0 times']);
    expect(atEnd({ f1: line('fulfilled') }, {})).toEqual(['delivery: line 1 of o1 is fulfilled, at instant it is unknown']);
    expect(atEnd({ f1: line('fulfilled', 'lms') }, { 'f1\n1': 1 })).toEqual(['delivery: line 1 of o1 is of lms, and stands in another book']);
    expect(atEnd({}, { 'f1\n1': 1 })).toEqual(['delivery: a provider has f1:1 (carried out 1 times and taken back 0 times), of which no fulfillment is known']);
  });

  test('is found out when a line is carried out twice, or stands delivered twice', () => {
    expect(atEnd({ f1: line('fulfilled') }, { 'f1\n1': 2 })).toContain('delivery: line 1 of o1 was carried out 2 times');
    expect(atEnd({ f1: line('fulfilled'), f2: line('fulfilled') }, { 'f1\n1': 1, 'f2\n1': 1 })).toEqual(['delivery: line o1 1 stands delivered 2 times']);
  });

  test('is found out when it leaves out a version', () => {
    const { fulfilling, broken } = open({}, {});
    fulfilling.side.log.options.watcher.appended({ type: 'FulfillmentHeld', data: { orderId: 'o1', fulfillmentId: 'f1' }, sequence: 2 } as never);
    expect(broken).toEqual(['history: FulfillmentHeld of f1 has the sequence 2 after 0']);
  });
});

describe('Both services', () => {
  async function open(): Promise<{ readonly kernel: Kernel; readonly cluster: Cluster; readonly broken: readonly string[] }> {
    const kernel = calm();
    const cluster = await Cluster.open(kernel);
    return { kernel, cluster, broken: cluster.world.rules.broken };
  }

  test('are found out when one does not know what the other has settled', async () => {
    const { cluster, broken } = await open();
    const { world: { tables }, fulfilling } = cluster;
    fulfilling.side.rows.fulfillments.set('f1', { fulfillmentId: 'f1', orderId: 'o1', status: 'completed', version: 2, lines: [] } as never);
    tables.orders.set('o1', { request: { idempotencyKey: 'key' }, placed: { lines: [] } } as never);
    tables.requests.set('o1', { fulfillmentId: 'f1', toldVersion: 1 } as never);
    cluster.checkEnd();
    expect(broken).toContain('delivery: of o1 version 2 (completed) was settled, known is 1');
  });

  test('are found out when one has what nobody has asked the other for', async () => {
    const { cluster, broken } = await open();
    cluster.fulfilling.side.rows.fulfillments.set('f1', { fulfillmentId: 'f1', orderId: 'o1', status: 'accepted', version: 1, lines: [] } as never);
    cluster.checkAccepted(false);
    expect([cluster.unexpected, broken]).toEqual([1, ['intake: the fulfilling side has o1, which nobody placed']]);
  });

  test('are found out when an order leaves out a version', async () => {
    const { cluster, broken } = await open();
    cluster.world.log.options.watcher.appended({ type: 'OrderConfirmed', subject: 'o1', sequence: 2, source: 'order-service', origin: 'own', data: {} } as never);
    expect(broken).toContain('history: OrderConfirmed of o1 has the sequence 2 after 0');
  });

  test('are found out when what was given up is given up again though nothing goes wrong', async () => {
    const { kernel, cluster, broken } = await open();
    const { log } = cluster.world;
    const event = { type: 'OrderShipped', eventId: 'e1', subject: 'o1' };
    log.reader('notifications').jobs.push({ job: { name: 'notifications.send', state: 'dead', event, effect: {} }, kept: { state: 'dead' }, run: undefined } as never);
    // Whoever tries it again has it given up at once.
    log.pullIn = () => undefined;
    cluster.calm();
    await pass(kernel, 61_000);
    expect([broken, cluster.triedByHand]).toEqual([[], 1]);
    await pass(kernel, 60_000);
    expect(broken).toEqual(['liveness: notifications.send of OrderShipped e1 was given up, tried by a person, and given up again though nothing goes wrong']);
  });

  test('are found out when a reader stops, and not while its database is away', async () => {
    const stopped = async (isAway: boolean): Promise<readonly string[]> => {
      const { kernel, cluster, broken } = await open();
      cluster.world.place({ lines: [{ sku: 'download', quantity: 1, price: '1.00' }], freight: '0.00', card: 'good', fates: [], isDenied: false });
      if (isAway) kernel.clog('cc.db');
      // Nobody wakes the readers.
      await pass(kernel, WITHIN_MS + 20_000, () => cluster.checkInTime());
      return broken;
    };
    expect(await stopped(false)).toEqual(expect.arrayContaining([expect.stringMatching(/^liveness: OrderCreated of order 1 \(.*\) for inventory is due for \d+ s, and nobody does it$/)]));
    expect(await stopped(true)).toEqual([]);
  });

  test('do what is due in time when their readers go on', async () => {
    const { kernel, cluster, broken } = await open();
    cluster.world.place({ lines: [{ sku: 'download', quantity: 1, price: '1.00' }], freight: '0.00', card: 'good', fates: [], isDenied: false });
    await pass(kernel, 2 * WITHIN_MS, () => {
      cluster.wake();
      cluster.checkInTime();
    });
    expect(broken).toEqual([]);
    expect(cluster.length).toBeGreaterThan(5);
  });
});

describe('What is due', () => {
  const NOW_MS = 1_000_000;
  const job = (state: string, dueAtMs: number) => ({ name: 'payments.charge', state, dueAtMs, attempt: 2, settings: { timeBudgetMs: 10_000 }, event: { subject: 'o1', eventId: 'e1' } });
  const of = (given: object): string[] => {
    const jobs = (given as { jobs?: readonly { job: { state: string }; run: unknown }[] }).jobs ?? [];
    const reader = { name: 'payments', unread: () => [], nextUnread: () => undefined, retries: () => [], dueTimers: () => [], startable: () => jobs.filter((one) => one.job.state === 'ready' && one.run === undefined), jobs, ...given };
    return [...dueOf(reader as never, NOW_MS)].map(({ what }) => what);
  };

  test('of a reader are events, what is parked, timers, and effects that are to run, run, or have run', () => {
    expect(of({ unread: () => ['o1'], nextUnread: () => ({ type: 'OrderCreated', eventId: 'e1' }) })).toEqual(['OrderCreated of o1 (e1) for payments']);
    expect(of({ retries: () => [{ subject: 'o1', dueAtMs: NOW_MS }, { subject: 'o2', dueAtMs: NOW_MS + 1 }] })).toEqual([`payments with what is parked of o1 since ${NOW_MS}`]);
    expect(of({ dueTimers: () => [{ key: 'o1 unanswered', dueAtMs: NOW_MS }, { key: 'o2 unanswered', dueAtMs: NOW_MS + 1 }] })).toEqual([`the timer o1 unanswered of payments since ${NOW_MS}`]);
    const run = (end: unknown): object => ({ end, controller: new AbortController() });
    expect(of({ jobs: [{ job: job('ready', NOW_MS), run: undefined }, { job: job('ready', NOW_MS + 1), run: undefined }, { job: job('dead', 0), run: undefined }] })).toEqual([`the next attempt of payments.charge of o1 (e1), attempt 2 since ${NOW_MS}`]);
    expect(of({ jobs: [{ job: job('ready', 0), run: run(undefined) }] })).toEqual(['an end of payments.charge of o1 (e1), attempt 2']);
    expect(of({ jobs: [{ job: job('ready', 0), run: run({ kind: 'done' }) }] })).toEqual(['the end of payments.charge of o1 (e1), attempt 2']);
  });

  test('is told when it stands there for too long, once more for as long after what stood in its way, and not when it is another one', () => {
    const faults: string[] = [];
    const timely = new Timely((text) => faults.push(text));
    const look = (nowMs: number, what: string, isFree = true): number => {
      timely.look([{ what }], isFree, nowMs);
      return faults.length;
    };
    expect([look(0, 'a'), look(WITHIN_MS, 'a'), look(WITHIN_MS + 1, 'a')]).toEqual([0, 0, 1]);
    expect([look(WITHIN_MS + 2, 'b'), look(2 * WITHIN_MS, 'c'), look(3 * WITHIN_MS, 'c')]).toEqual([1, 1, 1]);
    expect([look(3 * WITHIN_MS + 1, 'c', false), look(3 * WITHIN_MS + 2, 'c'), look(4 * WITHIN_MS + 2, 'c'), look(4 * WITHIN_MS + 3, 'c')]).toEqual([1, 1, 1, 2]);
    expect(faults).toEqual(['liveness: a is due for 60 s, and nobody does it', 'liveness: c is due for 60 s, and nobody does it']);
  });
});

test('A run is red when a seed broke a rule, and when a fault of the table was never met', () => {
  const result = { seed: 1, mode: 'safety', broken: [], hits: [['bus.reset', 1]], repeated: { seen: 0, bound: 0 }, convergedMs: null } as never as Parameters<Summary['add']>[0];
  const summary = (wanted: readonly string[], ...results: readonly (typeof result)[]): boolean => {
    const all = new Summary(wanted);
    for (const one of results) all.add(one);
    return all.isRed;
  };
  expect([summary(['bus.reset'], result), summary(['bus.reset', 'bus.hang'], result), summary([], { ...result, broken: ['stock: too much'] })]).toEqual([false, true, true]);
});

test('A part that is clogged counts when somebody is held up by it, once for each time', () => {
  const kernel = new Kernel(1, false);
  kernel.clog('bus');
  expect(kernel.hits.get('clog.bus')).toBe(undefined);
  for (let count = 0; count < 3; count += 1) expect(kernel.isClogged('bus')).toBe(true);
  expect(kernel.hits.get('clog.bus')).toBe(1);
  kernel.unclog('bus');
  expect(kernel.isClogged('bus')).toBe(false);
  kernel.clog('bus');
  kernel.isClogged('bus');
  expect(kernel.hits.get('clog.bus')).toBe(2);
});
