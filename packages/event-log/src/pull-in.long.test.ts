/** What waits long for its next attempt runs when somebody asks, whoever owns it; each attempt is one, and is counted once. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { allSent, database, eachTestHasItsOwnLog, log, numbers, pool, running, start, workOf } from '../test-kit/per-test.ts';
import { Processes } from '../test-kit/processes.ts';
import type { Said } from '../test-kit/start.ts';
import { until } from '../test-kit/start.ts';
import { append, RetryLater } from '../test-kit/tally.ts';
import { slotOf } from './subject.ts';
import { inTransaction } from './transaction.pg.ts';

eachTestHasItsOwnLog();

const LONG_MS = 600_000;
const pullIn = (...subjects: string[]): Promise<void> => inTransaction(pool, (tx) => log.pullIn(tx, subjects));
/** Waits until so many attempts of the subject's job are written, and nobody asks for another one. */
const waitsAfter = (subject: string, attempt: number): Promise<true> =>
  until(async () => {
    const { rows } = await pool.query("SELECT attempt, pulled_in, due_at > clock_timestamp() + interval '5 minutes' AS waits FROM work WHERE subject = $1 AND handler = 'tally.send'", [subject]);
    return rows.length === 1 && rows[0].attempt === attempt && rows[0].waits && !rows[0].pulled_in ? true : undefined;
  }, `${subject} waits after attempt ${attempt}`);

describe('a delayed effect that is pulled in', () => {
  test('runs at once, under the next attempt, and waits its whole backoff when it fails again', async () => {
    const attempts: number[] = [];
    await start(async ({ n, attempt }) => {
      attempts.push(attempt);
      if (n === 1 && attempt <= 5) throw new RetryLater('not now', { afterMs: LONG_MS });
    });
    await append(log, { subject: 'a', n: 1 });
    await append(log, { subject: 'a', n: 2 });
    await until(async () => (attempts.length === 1 ? true : undefined), 'the first attempt');
    const beganMs = performance.now();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await until(async () => ((await workOf('a')).some((row) => row.attempt === attempt) ? true : undefined), `attempt ${attempt} is written`);
      await pullIn('a');
    }
    await allSent(2);
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 1]);
    // By the notice: looked at once a second, five would take five seconds.
    expect(performance.now() - beganMs).toBeLessThan(4_000);
  });

  test('by somebody whose notice is lost runs within a second or so', async () => {
    const attempts: number[] = [];
    await start(async ({ attempt }) => {
      attempts.push(attempt);
      if (attempt === 1) throw new RetryLater('not now', { afterMs: LONG_MS });
    });
    await append(log, { subject: 'a', n: 1 });
    await waitsAfter('a', 1);
    await pool.query("UPDATE work SET due_at = clock_timestamp(), pulled_in = true WHERE subject = 'a'");
    await allSent(1);
    expect(attempts).toEqual([1, 2]);
  });

  test('while it runs is tried once more when that run has failed, and no more', async () => {
    const attempts: string[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await start(async ({ subject, attempt }) => {
      attempts.push(`${subject} ${attempt}`);
      if (subject === 'runs' && attempt === 1) await gate;
      throw new RetryLater('not now', { afterMs: LONG_MS });
    }, { timeBudgetMs: 10_000 });
    await append(log, { subject: 'waits', n: 1 });
    await waitsAfter('waits', 1);
    await append(log, { subject: 'runs', n: 1 });
    await until(async () => (attempts.includes('runs 1') ? true : undefined), 'it runs');
    await pullIn('runs', 'waits');
    // Whoever has heeded this one has seen the other.
    await waitsAfter('waits', 2);
    release();
    await waitsAfter('runs', 2);
    expect(attempts).toEqual(['waits 1', 'runs 1', 'waits 2', 'runs 2']);
  });

  test('before its failure could be written is tried once more when it is', async () => {
    await pool.query(
      `CREATE TABLE faults (broken boolean); INSERT INTO faults VALUES (true);
       CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT broken FROM faults) THEN RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON failed_attempts FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    const attempts: number[] = [];
    const said: Said[] = [];
    await start(async ({ attempt }) => {
      attempts.push(attempt);
      throw new RetryLater('not now', { afterMs: LONG_MS });
    }, { said, random: () => 0 });
    const faults = (): number => said.filter(({ level }) => level === 'error').length;
    await append(log, { subject: 'a', n: 1 });
    await until(async () => (faults() > 0 ? true : undefined), 'it is not written');
    await pullIn('a');
    const before = faults();
    await until(async () => (faults() > before + 2 ? true : undefined), 'it was looked at since');
    await pool.query('UPDATE faults SET broken = false');
    await waitsAfter('a', 2);
    expect(attempts).toEqual([1, 2]);
  });

  test('in a transaction that is undone goes on waiting; others are not touched', async () => {
    const attempts = new Map<string, number>();
    await start(async ({ subject, attempt }) => {
      attempts.set(subject, attempt);
      throw new RetryLater('not now', { afterMs: LONG_MS });
    });
    for (const subject of ['a', 'b', 'c']) await append(log, { subject, n: 1 });
    for (const subject of ['a', 'b', 'c']) await waitsAfter(subject, 1);
    await expect(inTransaction(pool, async (tx) => {
      await log.pullIn(tx, ['a']);
      throw new Error('undone');
    })).rejects.toThrow('undone');
    await pullIn('b');
    await waitsAfter('b', 2);
    expect(attempts).toEqual(new Map([['a', 1], ['b', 2], ['c', 1]]));
  });

  test('again and again by many at once never runs twice at a time, and every run is counted', async () => {
    const running = new Set<string>();
    const together: string[] = [];
    const attempts = new Map<string, number[]>();
    const subjects = Array.from({ length: 8 }, (_, index) => `s${index}`);
    await start(async ({ key, subject, attempt }) => {
      if (running.has(key)) together.push(key);
      running.add(key);
      attempts.set(subject, [...(attempts.get(subject) ?? []), attempt]);
      await pool.query('SELECT pg_sleep(0.002)');
      running.delete(key);
      throw new RetryLater('not now', { afterMs: LONG_MS });
    });
    for (const subject of subjects) await append(log, { subject, n: 1 });
    await until(async () => ((await pool.query('SELECT 1 FROM work')).rows.length === subjects.length ? true : undefined), 'each is there to be pulled in');
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 20; round += 1) await pullIn(...subjects);
    }));
    for (const subject of subjects) {
      const count = (await workOf(subject)).length;
      expect(count).toBe(1);
      // The last ask is heeded when nobody asks any more and the row waits.
      const row = await until(async () => (await pool.query("SELECT attempt FROM work WHERE subject = $1 AND NOT pulled_in AND due_at > clock_timestamp() + interval '5 minutes'", [subject])).rows[0], `${subject} waits`);
      const made = attempts.get(subject) ?? [];
      expect(made).toEqual(Array.from({ length: row.attempt }, (_, index) => index + 1));
      expect(made.length).toBeGreaterThan(1);
    }
    expect(together).toEqual([]);
  });
});

test('whatever else waits for a subject is tried too: a dead row from its first attempt, what it holds, and a timer', async () => {
  const calls: string[] = [];
  let broken = true;
  await start(async ({ n, attempt }) => {
    calls.push(`${n} at ${attempt}`);
    if (n === 1 && broken) throw new Error('no such place');
  }, { maxAttempts: 2 });
  await append(log, { subject: 'a', n: 1 });
  await append(log, { subject: 'a', n: 2 });
  await until(async () => ((await workOf('a')).map((row) => row.state).join() === 'dead,behind' ? true : undefined), 'one is dead and holds the other');
  await pool.query("INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, metadata) VALUES ('tally', 'a', 'again', $1, now() + interval '1 hour', gen_random_uuid(), '{}')", [slotOf('a')]);
  broken = false;
  await pullIn('a');
  await allSent(2);
  expect(calls).toEqual(['1 at 1', '1 at 2', '1 at 1', '2 at 1']);
  await until(async () => ((await log.history('a')).some(({ type, data }) => type === 'Told' && (data as { n: number }).n === -1) ? true : undefined), 'the timer has fired');
});

test('a dead row is left to a person when nobody but time asks, and holds what is behind it', async () => {
  const calls: string[] = [];
  await start(async ({ n, attempt }) => {
    calls.push(`${n} at ${attempt}`);
    throw n === 1 ? new Error('no such place') : new RetryLater('not now', { afterMs: LONG_MS });
  }, { maxAttempts: 1 });
  await append(log, { subject: 'a', n: 1 });
  await append(log, { subject: 'a', n: 2 });
  const states = async (): Promise<string> => (await workOf('a')).map((row) => row.state).join();
  await until(async () => ((await states()) === 'dead,behind' ? true : undefined), 'one is dead and holds the other');
  await inTransaction(pool, (tx) => log.pullIn(tx, ['a'], { dead: false }));
  expect(await states()).toBe('dead,behind');
  await pullIn('a');
  await until(async () => (calls.length === 2 ? true : undefined), 'a person asked');
  expect(calls).toEqual(['1 at 1', '1 at 1']);
});

test('a dead row whose key the other side may have forgotten is sent to nobody, however often a person asks, and says what to do', async () => {
  const calls: number[] = [];
  const outside = async ({ attempt }: { attempt: number }): Promise<void> => {
    calls.push(attempt);
    throw new Error('no such place');
  };
  await start(outside, { maxAttempts: 1 });
  await append(log, { subject: 'a', n: 1 });
  const dead = (): Promise<{ message: string; code: string; atMs: number }> => until(async () => (await pool.query("SELECT last_error FROM work WHERE subject = 'a' AND state = 'dead'")).rows[0]?.last_error, 'it is dead');
  await dead();
  await running.pop()?.stop();
  await pool.query("UPDATE work SET key_expires_at = clock_timestamp() - interval '1 s' WHERE subject = 'a'");
  await start(outside, { maxAttempts: 1 });
  for (let asked = 1; asked <= 2; asked += 1) {
    const { atMs } = await dead();
    await pullIn('a');
    await until(async () => ((await dead()).atMs > atMs ? true : undefined), 'it was given up again');
  }
  expect((await dead()).code).toBe('KeyExpired');
  expect((await dead()).message).toMatch(/nothing is sent blindly.*give this up/);
  expect(calls).toEqual([1]);
});

describe('in another process', () => {
  let processes: Processes;
  afterEach(() => processes.killAll());

  test('a delayed effect that is pulled in runs at once, and its mark outlives the process that did not heed it', async () => {
    processes = new Processes(database.url, { againMs: LONG_MS });
    const first = await processes.start();
    await append(log, { subject: 'a', n: 1 });
    await waitsAfter('a', 1);
    await pullIn('a');
    await waitsAfter('a', 2);
    await numbers('a', [1]);
    expect((await pool.query("SELECT count(*)::int AS calls, count(DISTINCT key)::int AS keys FROM outside WHERE subject = 'a'")).rows[0]).toEqual({ calls: 2, keys: 1 });

    first.kill('SIGSTOP');
    await pullIn('a');
    await processes.kill(first);
    await processes.start();
    await waitsAfter('a', 3);
  }, 60_000);
});
