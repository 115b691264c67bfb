/**
 * The extension that the log's tests run: it adds up numbers per subject, tells of each, and sends some of them outside.
 * What an event asks for (fail, wait, refuse) stands in the event, so that a test is read from its input.
 */
import { createCatalogue, defineEvent } from '@commerce/events/catalogue';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { z } from 'zod';
import type { StoredEvent, Trigger } from '../src/event.ts';
import type { Extension, Outcome, SignalMap, StateStore } from '../src/extension.ts';
import { apply, effect, notYet, Refused, RetryLater, stale } from '../src/extension.ts';
import { EventLog } from '../src/log.pg.ts';
import { MIGRATIONS } from '../src/schema.pg.ts';

const added = z.strictObject({
  subject: z.string(),
  n: z.int(),
  /** poison: the handler throws. unstorable: the write is refused. needs: waits until n − 1 was added. always: added however often it comes. */
  mode: z.enum(['poison', 'unstorable', 'needs', 'timer', 'always']).optional(),
});

export const catalogue = createCatalogue([
  defineEvent({ type: 'Added', constant: 'ADDED', webhook: 'tally.added', topic: 'order-events', description: 'A number.', versions: { v1: added }, subject: (data) => data.subject, example: { subject: 'a', n: 1 } }),
  defineEvent({ type: 'Told', constant: 'TOLD', webhook: 'tally.told', topic: 'order-events', description: 'A number was added.', versions: { v1: z.strictObject({ subject: z.string(), n: z.int() }) }, subject: (data) => data.subject, example: { subject: 'a', n: 1 } }),
  defineEvent({ type: 'Sent', constant: 'SENT', webhook: 'tally.sent', topic: 'order-events', description: 'A number went outside.', versions: { v1: z.strictObject({ subject: z.string(), n: z.int() }) }, subject: (data) => data.subject, example: { subject: 'a', n: 1 } }),
]);

export interface Tally {
  readonly version: number;
  readonly numbers: readonly number[];
}

export const TABLES = `
CREATE TABLE tally (subject text PRIMARY KEY, version integer NOT NULL, numbers integer[] NOT NULL, CHECK (NOT (666 = ANY (numbers))));
CREATE TABLE outside (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, subject text NOT NULL, n integer NOT NULL, started_at timestamptz NOT NULL DEFAULT clock_timestamp(), ended_at timestamptz);
`;

const store: StateStore<Tally> = {
  load: async (tx, subjects) => {
    const { rows } = await tx.query('SELECT subject, version, numbers FROM tally WHERE subject = ANY ($1::text[])', [subjects]);
    return new Map(rows.map((row) => [row.subject, { version: row.version, numbers: row.numbers }]));
  },
  save: async (tx, changes) => {
    await tx.query(
      `INSERT INTO tally SELECT t.subject, t.version, coalesce(string_to_array(nullif(t.numbers, ''), ',')::integer[], '{}') FROM unnest($1::text[], $2::integer[], $3::text[]) AS t(subject, version, numbers)
       ON CONFLICT (subject) DO UPDATE SET version = excluded.version, numbers = excluded.numbers`,
      [changes.map((c) => c.subject), changes.map((c) => c.after.version), changes.map((c) => c.after.numbers.join(','))],
    );
  },
};

function add(state: Tally | undefined, event: StoredEvent): Outcome<Tally> {
  const { subject, n, mode } = event.data as z.infer<typeof added>;
  const before = state ?? { version: 0, numbers: [] };
  if (mode === 'poison') throw new Error(`poison ${n}`);
  if (mode !== 'always' && before.numbers.includes(n)) return stale('seen', { n });
  if (mode === 'needs' && !before.numbers.includes(n - 1)) return notYet(`needs ${n - 1}`);
  const number = mode === 'unstorable' ? 666 : n;
  const after = { version: before.version + 1, numbers: [...before.numbers, number] };
  return apply(after, [{ type: 'Told', data: { subject, n }, sequence: after.version }], mode === 'timer' ? [{ name: 'again', dueInMs: 50 }] : []);
}

/** How the outside answers: by default it takes the call. */
export type Outside = (call: { key: string; subject: string; n: number; attempt: number; signal: AbortSignal }) => Promise<void>;

export function tallyExtension(outside: Outside, given: { timeBudgetMs?: number; maxAttempts?: number; isNeeded?: (event: StoredEvent) => boolean } = {}): Extension<Tally> {
  return {
    name: 'tally',
    source: 'tally-service',
    store,
    handlers: { 'tally.add': { decide: add } },
    effects: {
      'tally.send': effect<Tally, number>({
        idempotency: 'The outside keeps the key.',
        retry: { baseMs: 20, maxMs: 100, maxAttempts: given.maxAttempts ?? 50 },
        timeBudgetMs: given.timeBudgetMs ?? 2_000,
        ...(given.isNeeded !== undefined && { isNeeded: given.isNeeded }),
        run: async ({ event, key, attempt, signal }) => {
          const { subject, n } = event.data as { subject: string; n: number };
          await outside({ key, subject, n, attempt, signal });
          return n;
        },
        settle: (state, n, event) => apply(state ?? { version: 0, numbers: [] }, [{ type: 'Sent', data: { subject: event.subject, n } }]),
      }),
    },
    timers: {
      again: { decide: (state, timer) => apply(state ?? { version: 0, numbers: [] }, [{ type: 'Told', data: { subject: timer.subject, n: -1 } }]) },
    },
  };
}

export const MAP: SignalMap = { Added: ['tally.add', 'tally.send'] };

/** The same with two more handlers of the same event: one takes the number away, one sends it outside under its own key. */
export function lateExtension(outside: Outside, given: { timeBudgetMs?: number } = {}): Extension<Tally> {
  const tally = tallyExtension(outside, given);
  const send = tally.effects['tally.send'];
  if (send === undefined) throw new Error('The tally extension has no effect.');
  const takeAway = (state: Tally | undefined, event: StoredEvent): Outcome<Tally> => {
    const before = state ?? { version: 0, numbers: [] };
    return apply({ version: before.version + 1, numbers: [...before.numbers, -(event.data as { n: number }).n] });
  };
  return { ...tally, handlers: { ...tally.handlers, 'tally.late': { decide: takeAway } }, effects: { ...tally.effects, 'tally.late-send': send } };
}

export const LATE_MAP: SignalMap = { Added: ['tally.add', 'tally.send', 'tally.late', 'tally.late-send'] };
export const trigger = (): Trigger => ({ correlationId: uuid7(Date.now()), causationId: null, metadata: {} });

/** The log of a fresh database with the tables above. */
export async function openTally(url: string, options: { fresh: boolean; max?: number }): Promise<{ pool: pg.Pool; log: EventLog }> {
  const pool = new pg.Pool({ connectionString: url, max: options.max ?? 12, idle_in_transaction_session_timeout: 5_000, pipeline: true });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  if (options.fresh) await pool.query([...MIGRATIONS.map(({ sql }) => sql), TABLES].join('\n'));
  const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  return { pool, log };
}

/** Appends one number as a change of another extension would: lock, then write. */
export async function append(log: EventLog, data: z.infer<typeof added>): Promise<string> {
  const prepared = log.prepare({ type: 'Added', data }, 'test', trigger());
  const insert = log.insert([prepared], 1);
  await log.pool.query(insert.text, insert.values);
  log.wake();
  return prepared.eventId;
}

/** The outside as a table: each call leaves a row under its key, committed on a connection of its own. */
export function outsideTable(pool: pg.Pool, pauseMs = 0): Outside {
  return async ({ key, subject, n }) => {
    const { rows } = await pool.query('INSERT INTO outside (key, subject, n) VALUES ($1, $2, $3) RETURNING id', [key, subject, n]);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await pool.query('UPDATE outside SET ended_at = clock_timestamp() WHERE id = $1', [rows[0].id]);
  };
}

export { Refused, RetryLater };
