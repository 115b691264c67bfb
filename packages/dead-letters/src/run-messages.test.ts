/**
 * Runs over a dead-letter queue that gives its messages in the worst order that SQS may choose: what was seen before comes first, as soon
 * as it is no longer hidden. The queue is in memory and its time is told, the database is a real one.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { LyingMessage, MoveTask, QueueInOperation } from '@commerce/bus/operated-queue';
import { BUS_MIGRATION } from '@commerce/bus/schema';
import type { TakeIn } from '@commerce/bus/take-in';
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import fc from 'fast-check';
import pg from 'pg';
import { DeadQueues } from './dead-queues.ts';
import { DEAD_LETTERS_MIGRATIONS } from './migration.ts';
import { readLetters } from './list.pg.ts';
import { Pace } from './pace.ts';
import { runMessages } from './run-messages.ts';
import type { Progress, Run } from './runs.pg.ts';
import { busQueue } from './bus-queues.ts';
import type { BusQueueOptions } from './bus-queues.ts';
import { eventTopic } from './event-topic.ts';
import { countEnded } from './messages.pg.ts';
import { QUEUES } from './selection.ts';
import type { QueueName } from './selection.ts';
import { subscriptionQueues } from './subscription-queues.ts';

let pool: pg.Pool;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  await pool.query([...MIGRATIONS, BUS_MIGRATION, ...DEAD_LETTERS_MIGRATIONS].map(({ sql }) => sql).join('\n'));
  drop = () => database.drop();
});
afterAll(async () => {
  await pool.end();
  await drop();
});
beforeEach(empty);

const HOLDER = '0193a6a0-5f6e-7c3a-8f5e-000000000001';
const { signal } = new AbortController();

async function empty(): Promise<void> {
  await pool.query(`TRUNCATE dead_messages, ledger; UPDATE dead_letter_queues SET holder = NULL, held_until = '-infinity'`);
}

interface Lying extends Pick<LyingMessage, 'messageId' | 'body'> {
  visibleMs: number;
  received: number;
}

/** A queue whose calls take `callMs` of its time. What was received before comes before what was not, the oldest sight first. */
class WorstQueue {
  readonly name = 'worst';
  nowMs = 1_000_000;
  /** When each message was deleted. */
  readonly removedMs: number[] = [];
  readonly lying = new Map<string, Lying>();

  readonly #callMs: number;

  constructor(reasons: readonly string[], callMs = 20) {
    this.#callMs = callMs;
    reasons.forEach((body, index) => this.lying.set(`m-${index}`, { messageId: `m-${index}`, body, visibleMs: 0, received: 0 }));
  }

  async deadLetterUrl(): Promise<string> {
    return 'url';
  }

  async arn(): Promise<string> {
    return 'arn';
  }

  async receive(hideSeconds: number, waitSeconds: number): Promise<LyingMessage[]> {
    this.nowMs += this.#callMs;
    const first = [...this.lying.values()].filter(({ visibleMs }) => visibleMs <= this.nowMs).sort((a, b) => b.received - a.received).slice(0, 10);
    if (first.length === 0) this.nowMs += waitSeconds * 1_000;
    for (const one of first) Object.assign(one, { visibleMs: this.nowMs + hideSeconds * 1_000, received: one.received + 1 });
    return first.map(({ messageId, body, received }) => ({ messageId, receiptHandle: messageId, body, receiveCount: received, sentAtMs: 1, attributes: { ERROR_CODE: body } }));
  }

  async hide(handles: readonly string[], seconds: number): Promise<void> {
    this.nowMs += Math.ceil(handles.length / 80) * this.#callMs;
    for (const handle of handles) Object.assign(this.lying.get(handle) ?? {}, { visibleMs: this.nowMs + seconds * 1_000 });
  }

  async remove(handles: readonly string[]): Promise<void> {
    this.nowMs += this.#callMs;
    for (const handle of handles) if (this.lying.delete(handle)) this.removedMs.push(this.nowMs);
  }

  async release(handles: readonly string[]): Promise<void> {
    await this.hide(handles, 0);
  }

  async depth(): Promise<number> {
    return this.lying.size;
  }

  /** The greatest number that was ended within less than a second. */
  mostInASecond(): number {
    return Math.max(0, ...this.removedMs.map((at) => this.removedMs.filter((other) => other >= at && other < at + 1_000).length));
  }

  left(): Record<string, number> {
    return Object.fromEntries(Object.entries(Object.groupBy(this.lying.values(), ({ body }) => body)).map(([reason, all = []]) => [reason, all.length]));
  }
}

interface Ran {
  readonly counts: Readonly<Record<'discarded' | 'redriven' | 'refused', number>>;
  readonly moved: number;
  readonly lastError: string | null;
  readonly isDone: boolean;
}

interface Around {
  readonly mostHeld?: number;
  /** Called in each sleep, when its time is over. */
  readonly beside?: (queues: DeadQueues) => Promise<unknown>;
  /** What the log says of what is taken in. */
  readonly verdict?: string;
  readonly hit?: (point: string) => void;
  /** Beside the queues of the subscription. */
  readonly own?: BusQueueOptions;
}

/** Runs as the runner does, again after each fault, from the place that was noted. */
async function ran(queue: WorstQueue, name: QueueName, asked: Pick<Run, 'act' | 'selection' | 'rate'>, { mostHeld, beside, verdict = 'refused', hit = () => undefined, own }: Around = {}): Promise<Ran> {
  const takeIn = {
    judge: () => ({ kind: 'refused', reason: 'malformed', detail: '', eventId: null, eventType: null }), take: async (all: readonly unknown[]) => all.map(() => ({ kind: verdict })),
  } as unknown as TakeIn;
  const port = queue as unknown as QueueInOperation;
  const topic = eventTopic({ name: 'fulfillment-events', topic: port, takeIn });
  const other = new WorstQueue([]) as unknown as QueueInOperation;
  const clock = { monotonicMs: () => queue.nowMs, sleep: async (ms: number) => {
    queue.nowMs += ms;
    await beside?.(queues);
  } };
  const queues = new DeadQueues({
    pool, queues: [...subscriptionQueues({ takeIn, source: port, undeliveredUrl: 'undelivered' }), ...(own === undefined ? [] : [busQueue(own)]), topic],
    open: (url) => (url === URLS[name] ? port : other), holder: HOLDER, logger: { warn: () => undefined }, ...clock, ...(mostHeld !== undefined && { mostHeld }),
  });
  const counts = { discarded: 0, redriven: 0, refused: 0 };
  let [moved, lastError, place] = [0, null as string | null, null as string | null];
  const note = async (_: unknown, progress: Progress): Promise<boolean> => {
    for (const name of ['discarded', 'redriven', 'refused'] as const) counts[name] += progress[name] ?? 0;
    [moved, lastError, place] = [progress.moved ?? moved, progress.lastError ?? lastError, progress.place ?? place];
    return true;
  };
  for (;;) {
    const run = { ...asked, runId: HOLDER, askedBy: { subject: 'anna', clientId: 'operator' }, why: 'ours no more', place } as unknown as Run;
    try {
      const isDone = await runMessages({ run, log: { pool } as EventLog, queues, pace: new Pace(run.rate, clock), faults: { hit }, signal, note, ...clock }, name);
      return { counts, moved, lastError, isDone };
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

class Killed extends Error {}

const URLS: Partial<Record<QueueName, string>> = { dead: 'url', undelivered: 'undelivered', uncopied: 'uncopied' };

/** Discards what lies there for the reason `meant`. */
async function discarded(queue: WorstQueue, rate: number, mostHeld?: number): Promise<{ discarded: number; lastError: string | null; isDone: boolean }> {
  const { counts, lastError, isDone } = await ran(queue, 'undelivered', { act: 'discard', selection: { reason: 'meant' }, rate }, mostHeld === undefined ? {} : { mostHeld });
  return { discarded: counts.discarded, lastError, isDone };
}

/** SQS moves what it sees, and knows nothing of what is hidden; a task ends when it sees nothing. */
class MovingQueue extends WorstQueue {
  readonly tasks: MoveTask[] = [];
  readonly moved: string[] = [];
  #movedMs = 0;
  #perSecond = 0;

  /** SQS goes on with its task meanwhile. */
  override async receive(hideSeconds: number, waitSeconds: number): Promise<LyingMessage[]> {
    const received = await super.receive(hideSeconds, waitSeconds);
    await this.lastMove();
    return received;
  }

  async startMove(perSecond: number): Promise<void> {
    if (this.tasks[0]?.status === 'RUNNING') throw new Error('There is already a task running.');
    this.nowMs += 1;
    [this.#perSecond, this.#movedMs] = [perSecond, this.nowMs];
    this.tasks.unshift({ handle: 'handle', status: 'RUNNING', startedAtMs: this.nowMs, moved: 0, failureReason: undefined });
  }

  async lastMove(): Promise<MoveTask | undefined> {
    const [task] = this.tasks;
    if (task?.status !== 'RUNNING') return task;
    const seen = [...this.lying.values()].filter(({ visibleMs }) => visibleMs <= this.nowMs);
    const now = seen.slice(0, Math.floor((this.#perSecond * (this.nowMs - this.#movedMs)) / 1_000));
    if (now.length > 0) this.#movedMs = this.nowMs;
    for (const { messageId } of now) {
      this.moved.push(messageId);
      this.lying.delete(messageId);
    }
    return (this.tasks[0] = { ...task, moved: task.moved + now.length, status: now.length === seen.length ? 'COMPLETED' : 'RUNNING' });
  }
}

const some = (count: number, reason: string): string[] => Array.from({ length: count }, () => reason);

test.each([[360, 10], [60, 1]])('all %d that are meant are ended at a rate of %d, though what is not meant comes again before the rest', async (meant, rate) => {
  const queue = new WorstQueue([...some(40, 'other'), ...some(meant, 'meant')]);
  expect(await discarded(queue, rate)).toEqual({ discarded: meant, lastError: null, isDone: true });
  expect(queue.left()).toEqual({ other: 40 });
  expect(queue.mostInASecond()).toBeLessThanOrEqual(rate);
  // What was not meant is given back at once.
  expect(Math.max(...[...queue.lying.values()].map(({ visibleMs }) => visibleMs))).toBeLessThanOrEqual(queue.nowMs);
}, 90_000);

test('what is meant is found behind so many others that the first of them would come again before it', async () => {
  // To look at all of them takes longer than a message stays hidden.
  const queue = new WorstQueue([...some(300, 'other'), ...some(5, 'meant')], 700);
  expect(await discarded(queue, 100)).toEqual({ discarded: 5, lastError: null, isDone: true });
  expect(queue.left()).toEqual({ other: 300 });
});

test('whatever lies in which order, all that is meant is ended, nothing else, and no second sees more than the rate', async () => {
  const letters = fc.array(fc.constantFrom('meant', 'other'), { maxLength: 60 });
  await fc.assert(fc.asyncProperty(letters, fc.integer({ min: 1, max: 30 }), async (reasons, rate) => {
    await empty();
    const queue = new WorstQueue(reasons);
    const meant = reasons.filter((reason) => reason === 'meant').length;
    expect(await discarded(queue, rate)).toEqual({ discarded: meant, lastError: null, isDone: true });
    expect(queue.left()['meant']).toBeUndefined();
    expect(queue.lying.size).toBe(reasons.length - meant);
    expect(queue.mostInASecond()).toBeLessThanOrEqual(rate);
  }), { numRuns: 12 });
}, 90_000);

test('messages that another one has left hidden are waited for', async () => {
  const queue = new WorstQueue(some(15, 'meant'));
  for (const one of queue.lying.values()) one.visibleMs = queue.nowMs + 90_000;
  expect(await discarded(queue, 100)).toEqual({ discarded: 15, lastError: null, isDone: true });
});

test('a run that cannot come to the end says so', async () => {
  const hidden = new WorstQueue(['meant', 'meant', 'other']);
  for (const one of hidden.lying.values()) one.visibleMs = Number.POSITIVE_INFINITY;
  expect(await discarded(hidden, 100)).toMatchObject({ discarded: 0, lastError: expect.stringContaining('3 more messages') });
  const full = new WorstQueue([...some(40, 'other'), 'meant']);
  expect(await discarded(full, 100, 30)).toMatchObject({ discarded: 0, lastError: expect.stringContaining('too many that are not meant') });
});

const WHOLE = { act: 'redrive', selection: { kinds: ['queue'] }, rate: 50 } as const;

test('a list or a count beside the redrive of a whole queue hides nothing from SQS', async () => {
  const queue = new MovingQueue(some(300, 'dead'));
  const all = await ran(queue, 'dead', WHOLE, { beside: (queues) => queues.lookIfOld(4_000) });
  expect(all).toMatchObject({ moved: 300, lastError: null, isDone: true });
  expect([queue.lying.size, queue.tasks.length]).toEqual([0, 1]);
});

test('what somebody else held hidden while SQS moved the rest is moved by another task, and a kill changes nothing', async () => {
  const queue = new MovingQueue(some(40, 'dead'));
  for (const one of [...queue.lying.values()].slice(0, 15)) one.visibleMs = queue.nowMs + 60_000;
  let kills = 0;
  const hit = (point: string): void => {
    if (point === 'dead-letters.moving' && kills++ < 3) throw new Killed();
  };
  expect(await ran(queue, 'dead', WHOLE, { hit })).toMatchObject({ moved: 40, lastError: null, isDone: true });
  expect(queue.moved).toHaveLength(40);
});

test('a redrive of a whole queue that leaves messages behind says so', async () => {
  const queue = new MovingQueue(some(12, 'dead'));
  for (const one of [...queue.lying.values()].slice(0, 5)) one.visibleMs = Number.POSITIVE_INFINITY;
  expect(await ran(queue, 'dead', WHOLE)).toMatchObject({ moved: 7, lastError: expect.stringContaining('5 more messages'), isDone: true });
});

test('what comes back because it is refused again is not moved in a circle', async () => {
  const queue = new MovingQueue(some(10, 'dead'));
  queue.depth = async () => {
    for (const messageId of queue.moved) queue.lying.set(messageId, { messageId, body: 'dead', visibleMs: 0, received: 0 });
    return queue.lying.size;
  };
  expect(await ran(queue, 'dead', WHOLE)).toMatchObject({ moved: 10, lastError: null, isDone: true });
  expect(queue.lying.size).toBe(10);
});

test('what is refused again is counted once, however often the run is killed', async () => {
  const queue = new WorstQueue(some(45, 'meant'));
  let kills = 0;
  const hit = (point: string): void => {
    if (point === 'dead-letters.noted' && kills++ % 3 === 2 && kills < 20) throw new Killed();
  };
  const { counts } = await ran(queue, 'dead', { act: 'redrive', selection: { reason: 'received_too_often' }, rate: 500 }, { hit });
  expect(counts).toEqual({ discarded: 0, redriven: 0, refused: 45 });
  expect(kills).toBeGreaterThan(5);
  expect((await ran(queue, 'dead', { act: 'redrive', selection: { reason: 'received_too_often' }, rate: 500 }, { verdict: 'appended' })).counts).toMatchObject({ redriven: 45 });
});

test('own events go on their bus from the log; what the bus refuses, what the log does not have and what is none stays, with the new reason', async () => {
  const queue = new WorstQueue(['e-1', 'e-2', 'no event', 'e-3', 'gone', 'e-1', 'foreign']);
  const put: string[] = [];
  const own: BusQueueOptions = {
    name: 'uncopied', queueUrl: 'uncopied',
    judge: (body) => (body === 'no event' ? { kind: 'refused', reason: 'malformed', detail: 'no JSON', eventId: null, eventType: null } : ({ kind: 'event', envelope: { eventId: body, eventType: 'OrderPaid' } } as never)),
    load: async (ids) => ids.filter((eventId) => eventId !== 'gone').map((eventId) => ({ eventId, origin: eventId === 'foreign' ? 'foreign' : 'own' }) as StoredEvent),
    bus: { close: () => undefined, republish: async (events) => {
      put.push(...events.map(({ eventId }) => eventId));
      return events.filter(({ eventId }) => eventId === 'e-3').map((event) => ({ event, code: 'InvalidArgument', message: 'too long' }));
    } },
  };
  let kills = 0;
  const hit = (point: string): void => {
    if (point === 'dead-letters.done' && kills++ === 0) throw new Killed();
  };
  const asked = { act: 'redrive', selection: { kinds: ['rule-target'], queue: 'uncopied' }, rate: 500 } as const;
  expect(await ran(queue, 'uncopied', asked, { own, hit })).toMatchObject({ counts: { discarded: 0, redriven: 3, refused: 4 }, lastError: null, isDone: true });
  // Twice, because of the kill; each time an event once.
  expect(put).toEqual(['e-1', 'e-2', 'e-3', 'e-1', 'e-2', 'e-3']);
  expect(queue.left()).toEqual({ 'no event': 1, 'e-3': 1, gone: 1, foreign: 1 });
  // A look after it shows the reason of the run, not that of EventBridge again.
  const reasons = async (): Promise<object[]> => (await pool.query('SELECT body, reason FROM dead_messages WHERE ended IS NULL ORDER BY body')).rows;
  await ran(queue, 'uncopied', { ...asked, act: 'discard', selection: { queue: 'uncopied', reason: 'nothing' } }, { own });
  expect(await reasons()).toEqual([{ body: 'e-3', reason: 'InvalidArgument' }, { body: 'foreign', reason: 'unreadable' }, { body: 'gone', reason: 'not_in_log' }, { body: 'no event', reason: 'malformed' }]);
  expect((await ran(queue, 'uncopied', { ...asked, act: 'discard', selection: { reason: 'not_in_log' } }, { own })).counts).toMatchObject({ discarded: 1 });
  expect((await pool.query('SELECT handler, evidence FROM ledger')).rows).toMatchObject([{ handler: 'dead-letters.rule-target', evidence: { by: 'anna (operator)', error: { code: 'not_in_log' } } }]);
});

test('a bus that is not there takes nothing out of the queue', async () => {
  const queue = new WorstQueue(['e-1']);
  const own: BusQueueOptions = {
    name: 'uncopied', queueUrl: 'uncopied', judge: (body) => ({ kind: 'event', envelope: { eventId: body, eventType: 'OrderPaid' } }) as never, load: async () => [{ eventId: 'e-1', origin: 'own' } as StoredEvent],
    bus: { close: () => undefined, republish: async () => Promise.reject(new Error('The event bus could not be seen.')) },
  };
  await expect(ran(queue, 'uncopied', { act: 'redrive', selection: {}, rate: 5 }, { own })).rejects.toThrow('could not be seen');
  expect(queue.left()).toEqual({ 'e-1': 1 });
});

test('dead letters of a topic stand beside those of the queue, each by the reason that the consumer wrote, and what was ended of them one by one is known', async () => {
  const PLACE = `${'ab'.repeat(16)}-0`;
  const topic = new WorstQueue([]);
  // Whoever may write to a topic writes what he likes.
  const reasons = ['malformed', 'malformed', 'invalid', 'no\nword'];
  reasons.forEach((body, offset) => topic.lying.set(`${PLACE}-${offset}`, { messageId: `${PLACE}-${offset}`, body, visibleMs: 0, received: 0 }));
  topic.receive = ((receive) => async (hide: number, wait: number) => (await receive(hide, wait)).map((one) => ({ ...one, attributes: { 'dead-letter-reason': one.body } })))(topic.receive.bind(topic));
  const selection = { kinds: ['queue'], queue: 'fulfillment-events', reason: 'invalid' } as const;
  expect(await ran(topic, 'fulfillment-events', { act: 'discard', selection, rate: 100 })).toMatchObject({ counts: { discarded: 1 }, lastError: null, isDone: true });
  expect((await readLetters(pool, { kinds: ['queue'] }, undefined, 10)).map(({ queue, reason, attempts }) => [queue, reason, attempts])).toEqual([
    ['fulfillment-events', 'malformed', 1], ['fulfillment-events', 'malformed', 1], ['fulfillment-events', 'unknown', 1],
  ]);
  expect((await pool.query('SELECT handler, evidence FROM ledger')).rows).toMatchObject([{ handler: 'dead-letters.queue', evidence: { error: { code: 'invalid' } } }]);
  expect(await Promise.all([0n, 2n, 3n].map((offset) => countEnded(pool, 'fulfillment-events', [{ place: PLACE, offset }])))).toEqual([1, 1, 0]);
  // All of a topic is brought back message by message: nobody moves it.
  expect((await ran(topic, 'fulfillment-events', { act: 'redrive', selection: {}, rate: 100 }, { verdict: 'appended' })).counts).toMatchObject({ redriven: 3 });
});

test('a look that fails gives its hand back when nothing of it is under way any more, and the next one sees all', async () => {
  const queue = new WorstQueue(['malformed', 'invalid']);
  const calls: string[] = [];
  let asked = 0;
  let answer = (): void => undefined;
  const slow = new Promise<void>((resolve) => (answer = resolve));
  queue.receive = ((receive) => async (hide: number, wait: number) => {
    asked += 1;
    if (asked === 1) throw new Error('The broker is away.');
    if (asked <= 3) await slow;
    const received = await receive(hide, wait);
    calls.push('received');
    return received;
  })(queue.receive.bind(queue));
  queue.release = ((release) => async (handles: readonly string[]) => {
    calls.push('given back');
    await release(handles);
  })(queue.release.bind(queue));
  const port = queue as unknown as QueueInOperation;
  Object.assign(port, { retentionSeconds: async () => undefined });
  const topic = eventTopic({ name: 'fulfillment-events', topic: port, takeIn: { judge: () => ({ kind: 'refused', reason: 'malformed', detail: '', eventId: null, eventType: null }) } as unknown as TakeIn });
  const queues = new DeadQueues({ pool, queues: [topic], open: () => port, holder: HOLDER, logger: { warn: () => undefined }, monotonicMs: () => queue.nowMs, sleep: async () => undefined });
  const failed = queues.lookNow(['fulfillment-events']);
  while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(calls).toEqual([]);
  answer();
  await failed;
  expect(calls).toEqual(['received', 'received', 'given back']);
  expect((await pool.query("SELECT fault FROM dead_letter_queues WHERE queue = 'fulfillment-events'")).rows).toEqual([{ fault: 'The broker is away.' }]);
  await queues.lookNow(['fulfillment-events']);
  expect((await pool.query("SELECT is_complete, fault FROM dead_letter_queues WHERE queue = 'fulfillment-events'")).rows).toEqual([{ is_complete: true, fault: null }]);
  expect(await readLetters(pool, { kinds: ['queue'] }, undefined, 10)).toHaveLength(2);
});

test('what an older version has kept of its queues and runs is known by the new names', async () => {
  const [tables, refused, queues, topics] = DEAD_LETTERS_MIGRATIONS;
  const client = await pool.connect();
  try {
    await client.query(`CREATE SCHEMA older; SET search_path = older; ${tables.sql}; ${refused.sql}`);
    await client.query(`INSERT INTO dead_messages (message_id, kind, body, attributes, reason, detail, sent_at) VALUES ('a', 'queue', '', '{}', '', '', now()), ('b', 'rule-target', '', '{}', '', '', now());
      INSERT INTO dead_letter_runs (run_id, act, selection, rate, state, asked_by, why, done_kinds) VALUES (gen_random_uuid(), 'redrive', '{}', 1, 'running', '{}', '', '{work,rule-target,queue}')`);
    await client.query(`${queues.sql}; ${topics.sql}`);
    expect((await client.query('SELECT message_id, queue FROM dead_messages ORDER BY 1')).rows).toEqual([{ message_id: 'a', queue: 'dead' }, { message_id: 'b', queue: 'undelivered' }]);
    expect((await client.query('SELECT queue FROM dead_letter_queues ORDER BY 1')).rows.map(({ queue }) => queue)).toEqual([...QUEUES].sort());
    expect((await client.query('SELECT done_parts FROM dead_letter_runs')).rows).toEqual([{ done_parts: ['work', 'undelivered', 'dead'] }]);
  } finally {
    await client.query('RESET search_path; DROP SCHEMA older CASCADE');
    client.release();
  }
});
