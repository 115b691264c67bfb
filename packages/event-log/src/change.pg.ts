/**
 * The one way in which state changes: lock, load, decide, write, commit.
 *
 * The locks on all subjects are taken before the transaction has an id. Together with the readers' cursor over
 * (epoch, txid, position) this keeps the events of one subject in the order in which they were decided. A transaction that
 * had an id before its locks is refused.
 *
 * A lock is of an extension and a subject: an extension writes its own rows only and numbers its own events, and what it does
 * because of another one's event is later than that event anyway, for it was read after its commit. With one lock for all
 * extensions those that hear the same event wait for each other, batch behind batch: 21 ms a batch were seen.
 */
import type { Pool, PoolClient, QueryResult } from 'pg';
import { Decisions } from './decisions.ts';
import type { DecidedTimer } from './decisions.ts';
import type { StoredEvent, Trigger } from './event.ts';
import { appendStatement } from './events.pg.ts';
import type { PersonalData } from './personal.ts';
import type { DecideContext, Extension, Outcome, Tx } from './extension.ts';
import type { Preparer } from './prepare.ts';
import { unmarked } from './replay-mark.ts';
import { parameterTable } from './rows.pg.ts';
import { run, runOver } from './statement.pg.ts';
import { lockKeysOf, slotOf } from './subject.ts';
import { areSent, BEGIN, closable, inTransaction, together } from './transaction.pg.ts';

/** Subjects in one batch: bounds the lock table of the server. */
export const MAX_SUBJECTS = 128;
/** Locks of one transaction: a single input may name more subjects than a batch would take. */
const MAX_LOCKS = 1_024;

/** One thing to decide. */
export interface Input<State> {
  readonly subject: string;
  /** Who decides, for the ledger and the events that it appends: a handler's full name, `timer:…`, `command:…`. */
  readonly handler: string;
  /** Which run of that handler this is, from 1; for the events that it appends. Left out where nothing is attempted. */
  readonly attempt?: number;
  readonly trigger: Trigger;
  /** The event that is handled, if it is one. */
  readonly event?: StoredEvent;
  /** Further subjects that the decision may read with `context.other` and change with `others`. */
  readonly also?: readonly string[];
  readonly decide: (state: State | undefined, context: DecideContext) => Outcome<State>;
}

/**
 * What became of an input. `failed`: `decide` threw, or its events are refused by the catalogue. `behind`: an earlier event of
 * its subject failed, so it was not decided.
 */
export type Decided<State> = Outcome<State> | { readonly kind: 'failed'; readonly error: unknown } | { readonly kind: 'behind' };

export interface Settled<State> {
  readonly input: Input<State>;
  readonly outcome: Decided<State>;
}

export interface ChangeOptions<State> {
  /** Inputs that wait for their subject to change: tried after each applied input of the subject. */
  readonly waiting?: ReadonlyMap<string, readonly Input<State>[]>;
  /** Subjects whose inputs are not decided now: an earlier event of theirs is parked. */
  readonly held?: ReadonlySet<string>;
  /** Runs first, after the locks: reads, and guards that end the change by throwing. */
  readonly before?: (tx: Tx) => Promise<void>;
  /** Looks at what was decided before anything of it is written; ends the change by throwing. */
  readonly judge?: (settled: readonly Settled<State>[]) => void;
  /** What is written last, before COMMIT: cursors and work rows that belong to these outcomes. All are sent at once, in their order. */
  readonly after?: (tx: Tx, settled: readonly Settled<State>[]) => readonly Promise<unknown>[];
  /** What `after` gives is sent before it returns, and nothing but the server refuses it: as `isSentAtOnce` of a store. */
  readonly isSentAtOnce?: boolean;
  /** Seals what is personal in what was decided. */
  readonly personal?: PersonalData | undefined;
}

/** The transaction had an id before it held its locks: its events could appear out of order. */
export class LocksTooLate extends Error {
  override readonly name = 'LocksTooLate';
  constructor() {
    super('The transaction had an id before it held its locks. Lock every subject first, then write.');
  }
}

/** Takes the locks of all subjects in one statement. Throws `LocksTooLate`. */
export async function lockSubjects(tx: Tx, subjects: Iterable<string>): Promise<void> {
  refuseLate(await lock(tx, subjects));
}

/** Begins a transaction with the locks of all subjects, in one round trip. Throws `LocksTooLate`. */
async function beginLocked(tx: Tx, subjects: Iterable<string>): Promise<void> {
  const [, locked] = await Promise.all([tx.query(BEGIN), lock(tx, subjects)]);
  refuseLate(locked);
}

/** Planned once for a connection: as a text that has the keys in it, it costs the server a third more. */
const LOCK = `WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k)
  SELECT count(*) AS locks, pg_current_xact_id_if_assigned()::text AS txid FROM locked`;

async function lock(tx: Tx, subjects: Iterable<string>): Promise<QueryResult> {
  const keys = lockKeysOf(subjects);
  if (keys.length > MAX_LOCKS) throw new RangeError(`${keys.length} subjects in one transaction; at most ${MAX_LOCKS} are allowed.`);
  return run(tx, LOCK, [`{${keys.join(',')}}`]);
}

function refuseLate(result: QueryResult | undefined): void {
  if (result?.rows[0]?.txid !== null) throw new LocksTooLate();
}

/** Decides the inputs in their order, writes what they decided, and returns what became of each (waiting ones included, if tried). */
export async function changeStates<State>(
  pool: Pool,
  preparer: Preparer,
  epoch: number,
  extension: Extension<State>,
  inputs: readonly Input<State>[],
  options: ChangeOptions<State> = {},
): Promise<Settled<State>[]> {
  const subjects = subjectsOf(inputs, options.waiting);
  let states: Promise<ReadonlyMap<string, State>>;
  const decisions = await inTransaction(pool, async (client: PoolClient, commit) => {
    const decided = new Decisions(preparer, extension, await states, options);
    for (const input of inputs) decided.take(input);
    const settled = decided.settled();
    options.judge?.(settled);
    if (options.personal !== undefined) await decided.seal(client, options.personal);
    const { tx, close } = closable(client);
    const statements = [...writeDecided(tx, epoch, extension, decided), ...(options.after?.(tx, settled) ?? [])];
    const mayCommit = (decided.changes.length === 0 || extension.store.isSentAtOnce === true) && (options.after === undefined || options.isSentAtOnce === true);
    // What failed before it was sent the server knows nothing of: it would commit the rest.
    if (mayCommit && (await areSent(statements))) {
      close();
      commit();
    }
    await together(statements);
    return decided;
  }, (client) => {
    // One round trip: each statement sees what was committed before it began, so the state is read under the locks.
    const locked = beginLocked(client, subjects.map((subject) => `${extension.name}\n${subject}`));
    const guarded = options.before?.(client);
    states = extension.store.load(client, subjects, allOf(inputs, options.waiting));
    return together([locked, ...(guarded === undefined ? [] : [guarded]), states]);
  });
  if (extension.store.saved !== undefined && decisions.changes.length > 0) extension.store.saved(decisions.changes);
  return decisions.settled();
}

/**
 * The same in the caller's transaction, which is rolled back in the end: it takes no locks, the caller holds them (`lockLate`).
 */
export async function changeWithin<State>(
  tx: Tx, preparer: Preparer, epoch: number, extension: Extension<State>, inputs: readonly Input<State>[], options: Pick<ChangeOptions<State>, 'waiting' | 'held' | 'personal'>,
): Promise<Settled<State>[]> {
  const decided = new Decisions(preparer, extension, await extension.store.load(tx, subjectsOf(inputs, options.waiting), allOf(inputs, options.waiting)), options);
  for (const input of inputs) decided.take(input);
  if (options.personal !== undefined) await decided.seal(tx, options.personal);
  await together(writeDecided(tx, epoch, extension, decided));
  return decided.settled();
}

/** Takes the locks of the subjects of these inputs, late; for a transaction that is rolled back. The database refuses (55P03) what it cannot have within `limitMs`. */
export async function lockLate<State>(tx: Tx, extension: string, inputs: readonly Input<State>[], limitMs: number): Promise<void> {
  await run(tx, "SELECT set_config('lock_timeout', $1, true)", [`${limitMs}ms`]);
  await lock(tx, subjectsOf(inputs).map((subject) => `${extension}\n${subject}`));
}

/** Every subject that the inputs, and those that may be tried after them, read or change; each once. */
function subjectsOf<State>(inputs: readonly Input<State>[], waiting: ReadonlyMap<string, readonly Input<State>[]> = new Map()): string[] {
  const subjects = new Set(inputs.flatMap(({ subject, also = [] }) => [subject, ...also]));
  for (const input of [...waiting.values()].flat()) for (const subject of input.also ?? []) subjects.add(subject);
  return [...subjects];
}

/** The inputs, and behind them those that may be tried after them. */
function allOf<State>(inputs: readonly Input<State>[], waiting: ReadonlyMap<string, readonly Input<State>[]> = new Map()): readonly Input<State>[] {
  return waiting.size === 0 ? inputs : [...inputs, ...[...waiting.values()].flat()];
}

/** Sends everything that was decided, in this order; the caller waits for all. */
function writeDecided<State>(tx: Tx, epoch: number, { store, name }: Extension<State>, decided: Decisions<State>): Promise<unknown>[] {
  const { changes, events } = decided;
  return [
    ...(changes.length > 0 ? [store.save(tx, changes)] : []),
    ...(events.length > 0 ? [tx.query(appendStatement(events, epoch))] : []),
    ...writeTimers(tx, name, decided.timers),
    ...writeLedger(tx, decided.ignored),
  ];
}

const TIMERS = parameterTable<DecidedTimer>('t', [
  { name: 'subject', type: 'text', of: ({ subject }) => subject }, { name: 'name', type: 'text', of: ({ change }) => change.name }, { name: 'slot', type: 'smallint', of: ({ subject }) => slotOf(subject), isPlain: true },
  { name: 'due_ms', type: 'float8', of: ({ change }) => change.dueInMs, isPlain: true }, { name: 'correlation_id', type: 'uuid', of: ({ trigger }) => trigger.correlationId, isPlain: true },
  { name: 'causation_id', type: 'uuid', of: ({ trigger }) => trigger.causationId, isPlain: true }, { name: 'metadata', type: 'jsonb', of: ({ trigger }) => JSON.stringify(unmarked(trigger.metadata)) },
]);

function writeTimers(tx: Tx, reader: string, all: readonly DecidedTimer[]): Promise<unknown>[] {
  const set = all.filter((timer) => timer.change.dueInMs !== null);
  const cleared = all.filter((timer) => timer.change.dueInMs === null);
  const statements: Promise<unknown>[] = [];
  if (cleared.length > 0) {
    statements.push(runOver(cleared.length, tx,
      'DELETE FROM timers t USING unnest($2::text[], $3::text[]) AS c(subject, name) WHERE t.reader = $1 AND t.subject = c.subject AND t.name = c.name',
      [reader, cleared.map((timer) => timer.subject), cleared.map((timer) => timer.change.name)],
    ));
  }
  if (set.length > 0) {
    const { text, values } = TIMERS.rows(set, 2);
    statements.push(run(tx,
      `INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, causation_id, metadata)
       SELECT $1, t.subject, t.name, t.slot, clock_timestamp() + t.due_ms * interval '1 ms', t.correlation_id, t.causation_id, t.metadata
       FROM ${text}
       ON CONFLICT (reader, subject, name) DO UPDATE SET due_at = excluded.due_at, correlation_id = excluded.correlation_id, causation_id = excluded.causation_id, metadata = excluded.metadata`,
      [reader, ...values],
    ));
  }
  return statements;
}

function writeLedger<State>(tx: Tx, entries: Decisions<State>['ignored']): Promise<unknown>[] {
  if (entries.length === 0) return [];
  return [run(tx,
    'INSERT INTO ledger (handler, event_id, subject, rule, evidence) SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[])',
    [
      entries.map(({ input }) => input.handler), entries.map(({ input }) => input.event?.eventId ?? null),
      entries.map(({ input }) => input.subject), entries.map(({ rule }) => rule), entries.map(({ evidence }) => JSON.stringify(evidence)),
    ],
  )];
}
