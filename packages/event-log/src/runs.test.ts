/** What is kept and told of the runs of handlers: who appended an event, what failed, what an observer sees. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import type { Said } from '../test-kit/start.ts';
import { startTally, until } from '../test-kit/start.ts';
import type { Tally } from '../test-kit/tally.ts';
import { append, MAP, openTally, RetryLater, tallyExtension, trigger } from '../test-kit/tally.ts';
import type { StoredEvent } from './event.ts';
import type { Extension, SignalMap } from './extension.ts';
import { apply, effect } from './extension.ts';
import { recordFailures, removeOldFailures } from './failed-attempts.pg.ts';
import type { EventLog } from './log.pg.ts';
import type { JobNote, JobPhase, LogObserver } from './observer.ts';
import type { Readers } from './readers.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let readers: Readers;
const said: Said[] = [];
/** What the outside does for a subject; by default it takes the call. */
const answers = new Map<string, (call: { n: number; attempt: number; signal: AbortSignal }) => Promise<void>>();
const seen: { phase: JobPhase; extension: string; job: JobNote }[] = [];
const events: StoredEvent[] = [];
let listener: LogObserver = {};
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

/** Beside the tally: runs for two types with limits of their own, and one that runs alone for two types of different priority. */
const calls = new Map<string, (event: StoredEvent) => Promise<void>>();
const called = (name: string, given: object): Extension<Tally>['effects'] => ({
  [name]: effect<Tally, void>({
    idempotency: 'A test looks on.', run: ({ event }) => calls.get(name)?.(event) ?? Promise.resolve(), settle: (state) => apply(state ?? { version: 0, numbers: [] }), ...given,
  }),
});
function extension(): Extension<Tally> {
  const tally = tallyExtension(async (call) => answers.get(call.subject)?.(call), { timeBudgetMs: 60 });
  return {
    ...tally,
    effects: {
      ...tally.effects,
      ...called('tally.limited', { ordered: false, ofType: { Told: { concurrency: 1 }, Sent: { concurrency: 3 } } }),
      ...called('tally.ranked', { ordered: false, concurrency: 1, ofType: { Sent: { priority: 7 } } }),
    },
  };
}
const OWN_MAP: SignalMap = { ...MAP, Told: ['tally.limited', 'tally.ranked'], Sent: ['tally.limited', 'tally.ranked'] };

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  readers = await startTally(log, database.url, async () => undefined, {
    said, random: () => 0, given: { extensions: [extension()], map: OWN_MAP },
    observer: { onEvents: (...told) => listener.onEvents?.(...told), onJobs: (...told) => listener.onJobs?.(...told) },
  });
});
afterAll(async () => {
  await readers?.stop();
  await log?.close();
  await pool?.end();
  await database?.drop();
});
beforeEach(() => {
  said.length = 0;
  seen.length = 0;
  events.length = 0;
  unhandled.length = 0;
  listener = { onEvents: (some) => void events.push(...some), onJobs: (phase, name, jobs) => void seen.push(...jobs.map((job) => ({ phase, extension: name, job }))) };
  process.on('unhandledRejection', onUnhandled);
});
afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  answers.clear();
  calls.clear();
});

const typesOf = async (subject: string): Promise<string[]> => (await log.history(subject)).map(({ type }) => type);
const sent = (subject: string): Promise<true> => until(async () => ((await typesOf(subject)).includes('Sent') ? true : undefined), `${subject} is sent`);
const failures = async (subject: string, atLeast: number) => until(async () => {
  const found = await log.failedAttempts(subject);
  return found.length >= atLeast ? found : undefined;
}, `${atLeast} failures of ${subject}`);
/** The jobs of one handler and event, as they were told. */
const phases = (handler: string, eventId: string): string[] => seen.filter(({ job }) => job.handler === handler && job.eventId === eventId).map(({ phase, job }) => `${phase} ${job.attempt}`);
async function appendAll(type: string, subjects: readonly string[]): Promise<void> {
  const insert = log.insert(subjects.map((subject) => log.prepare({ type, data: { subject, n: 1 } }, 'test', trigger())), 1);
  await pool.query(insert.text, insert.values);
  log.wake();
}

describe('An event', () => {
  test('says which handler appended it at which attempt, or which command; of one from outside nothing is said', async () => {
    answers.set('author', async ({ attempt }) => {
      if (attempt < 3) throw new RetryLater('not now');
    });
    await append(log, { subject: 'author', n: 1, mode: 'timer' });
    await sent('author');
    const [settled] = await log.change(extension(), [{ subject: 'author', handler: 'command:tally.tell', trigger: trigger(), decide: (state) => apply(state ?? { version: 0, numbers: [] }, [{ type: 'Told', data: { subject: 'author', n: 9 } }]) }]);
    expect(settled?.outcome.kind).toBe('apply');
    await until(async () => ((await typesOf('author')).length === 5 ? true : undefined), 'the timer has told');
    const authors = new Map((await log.history('author')).map(({ type, data, handler, attempt }) => [`${type} ${(data as { n: number }).n}`, [handler, attempt]]));
    expect(Object.fromEntries(authors)).toEqual({
      'Added 1': [null, null], 'Told 1': ['tally.add', 1], 'Sent 1': ['tally.send', 3], 'Told -1': ['timer:tally.again', null], 'Told 9': ['command:tally.tell', null],
    });
  });

  test('that a parked handler appends at last says at which attempt', async () => {
    await pool.query("ALTER TABLE tally ADD CONSTRAINT closed CHECK (subject <> 'parked')");
    await append(log, { subject: 'parked', n: 1 });
    await failures('parked', 2);
    await pool.query('ALTER TABLE tally DROP CONSTRAINT closed');
    await until(async () => ((await typesOf('parked')).includes('Told') ? true : undefined), 'it is told');
    const told = (await log.history('parked')).find(({ type }) => type === 'Told');
    const failed = (await log.failedAttempts('parked')).filter(({ handler }) => handler === 'tally.add');
    expect([told?.handler, told?.attempt]).toEqual(['tally.add', failed.length + 1]);
  });
});

describe('A run that fails', () => {
  test('is stored with its error and when it comes again, of effects and of parked handlers alike', async () => {
    answers.set('both', async ({ attempt }) => {
      if (attempt === 1) throw Object.assign(new Error('broken\u0000 pipe'), { name: 'Broken' });
    });
    const id = await append(log, { subject: 'both', n: 4, mode: 'poison' });
    const found = await failures('both', 3);
    expect(found.find(({ handler }) => handler === 'tally.send')).toEqual({ handler: 'tally.send', eventId: id, attempt: 1, error: { code: 'Broken', message: 'broken pipe', atMs: expect.any(Number) }, retryAt: expect.any(Date), failedAt: expect.any(Date) });
    expect(found.filter(({ handler }) => handler === 'tally.add').map(({ attempt, error }) => [attempt, error.message]).slice(0, 2)).toEqual([[1, 'poison 4'], [2, 'poison 4']]);
    expect(found.filter(({ handler }) => handler === 'tally.send')).toHaveLength(1);
    expect(readers.state()[0]?.failures).toBeGreaterThanOrEqual(3);
  });

  test('for the last time is stored as given up; of all attempts of one event 20 are kept', async () => {
    await append(log, { subject: 'given-up', n: 1, mode: 'poison' });
    await until(async () => (await pool.query("SELECT 1 FROM work WHERE subject = 'given-up' AND state = 'dead'")).rows[0], 'it is dead');
    const found = (await log.failedAttempts('given-up')).filter(({ handler }) => handler === 'tally.add');
    expect(found.map(({ attempt, retryAt }) => [attempt, retryAt === null])).toEqual(Array.from({ length: 20 }, (_, n) => [n + 1, n === 19]));
    const [first] = found;
    const more = (attempt: number) => recordFailures(pool, [{ handler: 'tally.add', eventId: first?.eventId ?? '', subject: 'given-up', attempt, error: { code: 'x', message: 'x', atMs: 0 }, retryInMs: 5, workerId: null, tookMs: null }]);
    for (let attempt = 21; attempt <= 25; attempt += 1) await more(attempt);
    expect((await log.failedAttempts('given-up')).filter(({ handler }) => handler === 'tally.add').map(({ attempt }) => attempt)).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
  });

  test('is forgotten after 31 days', async () => {
    await append(log, { subject: 'old', n: 1, mode: 'poison' });
    await failures('old', 2);
    await pool.query("UPDATE failed_attempts SET failed_at = failed_at - interval '32 days' WHERE subject = 'old' AND attempt = 1");
    await removeOldFailures(pool);
    expect((await log.failedAttempts('old')).map(({ attempt }) => attempt)).not.toContain(1);
    expect((await log.failedAttempts('old')).length).toBeGreaterThan(0);
  });

  test('is logged once, with the handler, the event, why it came, and the cause', async () => {
    const cause = new Error('no route');
    answers.set('logged', async ({ attempt }) => {
      if (attempt === 1) throw new Error('The door is locked.', { cause });
    });
    const id = await append(log, { subject: 'logged', n: 1, mode: 'poison' });
    await sent('logged');
    await failures('logged', 3);
    const lines = (handler: string) => said.filter(({ data }) => 'handler' in data && data.handler === handler && 'subject' in data && data.subject === 'logged');
    expect(lines('tally.send')).toHaveLength(1);
    expect(lines('tally.send')[0]?.data).toMatchObject({ reader: 'tally', eventId: id, eventType: 'Added', correlationId: expect.any(String), attempt: 1, dead: false, err: { message: 'The door is locked.', cause } });
    expect(lines('tally.add').map(({ level, data }) => [level, (data as { attempt: number }).attempt]).slice(0, 2)).toEqual([['error', 1], ['error', 2]]);
  });

  test('after its time was up, late, is no second outcome and no unhandled rejection', async () => {
    answers.set('late', async ({ attempt }) => {
      if (attempt > 1) return;
      await delay(1_200);
      throw new Error('too late');
    });
    const id = await append(log, { subject: 'late', n: 1 });
    await sent('late');
    const found = await log.failedAttempts('late');
    expect(found.map(({ handler, attempt, error }) => [handler, attempt, error.message])).toEqual([['tally.send', 1, expect.stringContaining('No answer within 60 ms')]]);
    await delay(200);
    expect([phases('tally.send', id), unhandled]).toEqual([['enqueued 1', 'started 1', 'failed 1', 'started 2', 'completed 2'], []]);
    expect((await typesOf('late')).filter((type) => type === 'Sent')).toHaveLength(1);
  });
});

describe('An observer', () => {
  test('is told of every event in the order of the log, and of each run from its queue to its end', async () => {
    answers.set('watched', async ({ attempt }) => {
      if (attempt === 1) throw new RetryLater('not now');
    });
    const id = await append(log, { subject: 'watched', n: 1 });
    await sent('watched');
    await until(async () => (seen.some(({ phase, job }) => phase === 'completed' && job.handler === 'tally.send' && job.eventId === id) ? true : undefined), 'its end');
    expect(phases('tally.add', id)).toEqual(['enqueued 1', 'started 1', 'completed 1']);
    expect(phases('tally.send', id)).toEqual(['enqueued 1', 'started 1', 'failed 1', 'started 2', 'completed 2']);
    const failed = seen.find(({ phase, job }) => phase === 'failed' && job.eventId === id);
    expect(failed).toMatchObject({ extension: 'tally', job: { jobId: `tally.send:${id}`, eventType: 'Added', subject: 'watched', correlationId: expect.any(String), error: { message: 'not now' }, startedAtMs: expect.any(Number), processingMs: expect.any(Number), retryAtMs: expect.any(Number) } });
    const own = events.filter(({ subject }) => subject === 'watched').map(({ eventId }) => eventId);
    expect(own).toEqual((await log.history('watched')).map(({ eventId }) => eventId).slice(0, own.length));
  });

  test('is told that an event whose time has not come, or that stands behind another, waits: it starts later', async () => {
    const early = await append(log, { subject: 'waits', n: 2, mode: 'needs' });
    await until(async () => (phases('tally.add', early).length > 0 ? true : undefined), 'it is seen');
    expect(phases('tally.add', early)).toEqual(['enqueued 1']);
    await append(log, { subject: 'waits', n: 1 });
    await until(async () => (phases('tally.add', early).length === 3 ? true : undefined), 'it has run');
    expect(phases('tally.add', early)).toEqual(['enqueued 1', 'started 1', 'completed 1']);
  });

  test('that throws or rejects changes nothing, and is complained of once', async () => {
    listener = {
      onEvents: () => {
        throw new Error('blind');
      },
      onJobs: (async () => {
        throw new Error('deaf');
      }) as unknown as NonNullable<LogObserver['onJobs']>,
    };
    await append(log, { subject: 'alone', n: 1 });
    await sent('alone');
    expect(said.filter(({ message }) => message.includes('the observer'))).toHaveLength(1);
    expect([unhandled, readers.healthy()]).toEqual([[], true]);
  });
});

describe('The runs of an effect', () => {
  test('are limited for each type of event by itself', async () => {
    // The first runs wait until as many run as may: one of one type beside three of the other.
    let four = (): void => undefined;
    const together = Promise.race([new Promise<void>((resolve) => (four = resolve)), delay(3_000, undefined, { ref: false })]);
    const now = new Map<string, number>();
    const most = new Map<string, number>();
    let ran = 0;
    let mostOfAll = 0;
    calls.set('tally.limited', async ({ type, subject }) => {
      if (!subject.startsWith('limit-')) return;
      now.set(type, (now.get(type) ?? 0) + 1);
      most.set(type, Math.max(most.get(type) ?? 0, now.get(type) ?? 0));
      mostOfAll = Math.max(mostOfAll, [...now.values()].reduce((sum, one) => sum + one, 0));
      if (mostOfAll === 4) four();
      await together;
      await delay(1);
      now.set(type, (now.get(type) ?? 1) - 1);
      ran += 1;
    });
    await Promise.all(['Told', 'Sent'].map((type) => appendAll(type, Array.from({ length: 12 }, (_, n) => `limit-${type}-${n}`))));
    await until(async () => (ran === 24 ? true : undefined), 'all have run');
    expect([Object.fromEntries(most), mostOfAll]).toEqual([{ Told: 1, Sent: 3 }, 4]);
  });

  test('begin with the higher priority among what is due', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const order: string[] = [];
    calls.set('tally.ranked', async ({ type, subject }) => {
      if (subject === 'gate') await gate;
      else if (subject.startsWith('rank-')) order.push(type);
    });
    await appendAll('Told', ['gate']);
    await appendAll('Told', ['rank-1', 'rank-2', 'rank-3']);
    await appendAll('Sent', ['rank-4', 'rank-5']);
    await until(async () => (seen.filter(({ phase, job }) => phase === 'enqueued' && job.handler === 'tally.ranked' && job.subject.startsWith('rank-')).length === 5 ? true : undefined), 'all wait');
    open();
    await until(async () => (order.length === 5 ? true : undefined), 'all have run');
    expect(order).toEqual(['Sent', 'Sent', 'Told', 'Told', 'Told']);
  });
});

test('A burst of like events is handled in few transactions, decisions and outcomes alike', async () => {
  await appendAll('Added', Array.from({ length: 400 }, (_, n) => `burst-${n}`));
  const transactions = async (type: string): Promise<number> => until(async () => {
    const { rows: [row] } = await pool.query("SELECT count(*)::int AS n, count(DISTINCT txid)::int AS transactions FROM events WHERE type = $1 AND subject LIKE 'burst-%'", [type]);
    return row.n === 400 ? row.transactions : undefined;
  }, `all are ${type}`);
  // Four to five where nothing else is to be done.
  for (const type of ['Told', 'Sent']) expect(await transactions(type)).toBeLessThanOrEqual(100);
}, 60_000);
