/**
 * Traces that run on the log in memory and on PostgreSQL, and must come to the same: appends, events of others with copies and forged
 * copies, decisions that apply, are stale, wait and fail, some over several subjects, effects that succeed, fail, are refused or unknown,
 * timers, dead rows and what a person brings back; processes that die while calls are under way, and commits whose answer is lost. What is
 * to become of an event stands in the event; what is drawn, is drawn from a seed.
 *
 * Compared is what is written down: rows, events by subject and type in their order, the ledger, rows of work, what was called.
 */
import { createCatalogue, defineEvent } from '@commerce/events/catalogue';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7, uuid7Of } from '@commerce/events/uuid7';
import type pg from 'pg';
import { z } from 'zod';
import type { StoredEvent } from '../src/event.ts';
import type { DecideContext, Extension, Outcome, SignalMap, StateStore } from '../src/extension.ts';
import { apply, effect, notYet, Refused, RetryLater, stale } from '../src/extension.ts';
import type { ForeignResult } from '../src/log.pg.ts';
import { EventLog } from '../src/log.pg.ts';
import { MemoryLog } from '../src/memory-log.ts';
import { inTransaction } from '../src/transaction.pg.ts';
import type { Tally } from './tally.ts';

const asked = z.strictObject({
  subject: z.string(),
  n: z.int(),
  /** The decision throws so often. */
  fails: z.int(),
  /** It waits until this number is there. */
  needs: z.int().nullable(),
  isStale: z.boolean(),
  hasTimer: z.boolean(),
  /** The decision changes a second subject too, which all of the trace have in common. */
  gives: z.boolean().optional(),
  /** The outcome of the effect is not taken so often. */
  unsettled: z.int().optional(),
  /** How each run of the effect ends, if it does before its process; after the last of them it succeeds. */
  calls: z.array(z.enum(['unknown', 'unsent', 'error', 'refused', 'hangs'])),
});
type Asked = z.infer<typeof asked>;
const told = z.strictObject({ subject: z.string(), n: z.int(), how: z.string() });

const entry = <Schema extends z.ZodType<{ subject: string }>>(type: string, schema: Schema, example: z.infer<Schema>) => defineEvent({
  type, constant: type.toUpperCase(), webhook: `trace.${type.toLowerCase()}`, topic: 'order-events', description: 'Of a trace.', versions: { v1: schema }, subject: (data: { subject: string }) => data.subject, example,
} as never);
const EXAMPLE = { subject: 'a', n: 1, how: 'done' };
const WISH: Asked = { subject: 'a', n: 1, fails: 0, needs: null, isStale: false, hasTimer: false, calls: [] };
const TRACES = createCatalogue([entry('Asked', asked, WISH), entry('Came', asked, WISH), entry('Told', told, EXAMPLE), entry('Sent', told, EXAMPLE), entry('Rang', told, EXAMPLE)] as never);

export const TRACE_MAP: SignalMap = { Asked: ['traces.add', 'traces.send'], Came: ['traces.add'] };
const MAX_ATTEMPTS = 3;
/** As the parked events of the readers; see parking.ts. */
const DEAD_AFTER_FAILURES = 20;

/** What was called: by key, how often, and whether a run was told that an earlier one may have arrived. */
export type Calls = Map<string, { readonly name: string; readonly maybeSent: boolean[] }>;

/** More calls than a trace has may hang at once, and longer than a test takes. */
const RUN = { concurrency: 1_000, timeBudgetMs: 60_000 };
/** Longer than a run may take: a process that has died is said to be gone. */
export const LEASE_MS = 120_000;

/** What all subjects of a trace have in common: numbers in their own order, whoever comes first. */
function commonOf(subject: string): string {
  return `${subject.slice(0, subject.indexOf('-'))}-common`;
}

/** The extension for one engine: it counts for itself what has failed there. `hang`: a call that never ends while its process lives; undefined once one has died, for then it is answered. */
export function traceExtension(store: StateStore<Tally>, hang: () => Promise<never> | undefined): { readonly extension: Extension<Tally>; readonly calls: Calls } {
  const failed = new Map<string, number>();
  const calls: Calls = new Map();
  const add = (state: Tally | undefined, { eventId, data }: StoredEvent, { other }: DecideContext): Outcome<Tally> => {
    const { subject, n, fails, needs, isStale, hasTimer, gives } = data as Asked;
    const before = state ?? { version: 0, numbers: [] };
    if (isStale) return stale('said');
    if (needs !== null && !before.numbers.includes(needs)) return notYet(`needs ${needs}`);
    const count = failed.get(eventId) ?? 0;
    failed.set(eventId, count + 1);
    if (count < fails) throw new Error(`fails for the ${count + 1}th time`);
    const after = { version: before.version + 1, numbers: [...before.numbers, n] };
    return apply(after, [{ type: 'Told', data: { subject, n, how: 'added' }, sequence: after.version }], hasTimer ? [{ name: 'again', dueInMs: 1 }] : [], gives === true ? given(commonOf(subject), n, other) : undefined);
  };
  const send = effect<Tally, string>({
    idempotency: 'Runs are counted by their key.',
    retry: { baseMs: 0, maxMs: 0, maxAttempts: MAX_ATTEMPTS }, ...RUN,
    run: async ({ event, key, maybeSent }) => {
      const { subject, n, calls: ends } = event.data as Asked;
      const known = calls.get(key) ?? { name: `${subject} ${n}`, maybeSent: [] };
      calls.set(key, known);
      known.maybeSent.push(maybeSent);
      const end = ends[known.maybeSent.length - 1];
      if (end === 'hangs') return (await hang()) ?? 'done';
      if (end === 'refused') throw new Refused('no', 'It is refused.');
      if (end === 'error') throw new Error('It fails.');
      if (end !== undefined) throw new RetryLater('Not now.', { sent: end === 'unknown', afterMs: 0 });
      return 'done';
    },
    settle: (state, how, { data, eventId }) => {
      const { unsettled = 0 } = data as Asked;
      const count = failed.get(`outcome ${eventId}`) ?? 0;
      failed.set(`outcome ${eventId}`, count + 1);
      if (count < unsettled) throw new Error('The outcome is not taken.');
      return apply(state ?? { version: 0, numbers: [] }, [sent(data as Asked, how)]);
    },
    refused: (state, { code }, { data }) => apply(state ?? { version: 0, numbers: [] }, [sent(data as Asked, code)]),
  });
  const extension: Extension<Tally> = {
    name: 'traces', source: 'trace-service', store, handlers: { 'traces.add': { decide: add, also: ({ data }) => ((data as Asked).gives === true ? [commonOf((data as Asked).subject)] : []) } }, effects: { 'traces.send': send },
    timers: { again: { decide: (state, { subject }) => apply(state ?? { version: 0, numbers: [] }, [{ type: 'Rang', data: { subject, n: 0, how: 'rang' } }]) } },
  };
  return { extension, calls };
}

/** The common subject with one more number. */
function given(subject: string, n: number, other: DecideContext['other']): ReadonlyMap<string, Tally> {
  const { version, numbers } = (other(subject) as Tally | undefined) ?? { version: 0, numbers: [] };
  return new Map([[subject, { version: version + 1, numbers: [...numbers, n].sort((a, b) => a - b) }]]);
}

function sent({ subject, n }: Asked, how: string) {
  return { type: 'Sent', data: { subject, n, how } };
}

// What is drawn.

export type Step =
  | { readonly kind: 'own'; readonly events: readonly Asked[] }
  | { readonly kind: 'foreign'; readonly envelopes: readonly EventEnvelope[] }
  /** Everything comes to rest, and is compared. */
  | { readonly kind: 'rest' }
  /** A person brings back what is dead. */
  | { readonly kind: 'pullIn'; readonly subjects: readonly string[] };

/** What goes wrong between two sections of a trace, once all has come to rest: the process dies, or the answer is lost of the commit by which an event is handled or the outcome of its effect is written. */
export const BETWEEN = ['death', 'handled', 'settled'] as const;
export type Between = (typeof BETWEEN)[number];

/**
 * A trace of about so many events, in sections: one more than what goes wrong between them. Before a death some calls hang. `isLong`:
 * decisions fail until they are dead, too; then there are no timers, for whether one rings before its subject is held is a matter of time.
 */
export function drawTrace(seed: number, events: number, isLong: boolean, between: readonly Between[] = []): Step[][] {
  const random = mulberry(seed);
  const whole = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  const pick = <Item>(items: readonly Item[]): Item => items[whole(0, items.length - 1)] as Item;
  const subjects = Array.from({ length: 5 }, (_, index) => `t${seed}-${index}`);
  const sources: EventEnvelope[] = [];
  let n = 0;
  const wish = (subject: string): Asked => {
    n += 1;
    const isFailing = random() < 0.1;
    return {
      subject, n, fails: isFailing ? (isLong && random() < 0.4 ? DEAD_AFTER_FAILURES : whole(1, 2)) : 0, needs: random() < 0.2 ? n + whole(-3, 4) : null, isStale: random() < 0.1, hasTimer: random() < 0.1 && !isLong,
      unsettled: random() < 0.1 ? 1 : 0, gives: random() < 0.3,
      calls: random() < 0.3 ? Array.from({ length: whole(1, 4) }, () => pick(['unknown', 'unsent', 'error', 'refused'] as const)) : [],
    };
  };
  const foreign = (): EventEnvelope => {
    const known = sources.length > 0 && random() < 0.5 ? pick(sources) : undefined;
    if (known !== undefined) return random() < 0.3 ? { ...known, data: { ...(known.data as Asked), n: 1_000 } } : known;
    const id = random() < 0.8 ? uuid7(Date.now()) : random() < 0.5 ? `order/${seed}/${sources.length}` : uuid7Of(Date.now() - 60 * 86_400_000, `old ${seed} ${sources.length}`);
    const envelope: EventEnvelope = {
      eventId: id, eventType: 'Came', eventVersion: 'v1', timestamp: new Date().toISOString(), source: 'elsewhere', correlationId: uuid7(Date.now()), causationId: null,
      data: { ...wish(pick(subjects)), calls: [] }, metadata: {},
    };
    sources.push(envelope);
    return envelope;
  };
  const section = (upTo: number): Step[] => {
    const steps: Step[] = [];
    while (n < upTo) {
      const draw = random();
      if (draw < 0.55) steps.push({ kind: 'own', events: Array.from({ length: whole(1, 8) }, () => wish(pick(subjects))) });
      else if (draw < 0.85) steps.push({ kind: 'foreign', envelopes: Array.from({ length: whole(1, 5) }, foreign) });
      else if (draw < 0.95) steps.push({ kind: 'rest' });
      else steps.push({ kind: 'rest' }, { kind: 'pullIn', subjects: [pick(subjects)] });
    }
    return [...steps, { kind: 'rest' }];
  };
  const hanging = (): Step => ({ kind: 'own', events: Array.from({ length: whole(1, 3) }, () => { const one = wish(pick(subjects)); return { ...one, calls: ['hangs' as const, ...one.calls] }; }) });
  const sections = between.map((what, index) => [...section(((index + 1) * events) / (between.length + 1)), ...(what === 'death' ? [hanging(), { kind: 'rest' as const }] : [])]);
  return [...sections, [...section(events), { kind: 'pullIn', subjects }, { kind: 'rest' }]];
}

/** The event of which a commit is lost: of a subject of its own. */
export function lostEvent(seed: number, what: Between): Asked {
  return { ...WISH, subject: `t${seed}-${what}`, n: 2_000 };
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// What is compared.

export interface Snapshot {
  readonly numbers: Readonly<Record<string, readonly number[]>>;
  readonly events: Readonly<Record<string, readonly string[]>>;
  readonly ledger: readonly string[];
  readonly work: readonly string[];
  readonly timers: number;
  readonly calls: readonly string[];
}

interface LedgerRow {
  readonly handler: string;
  readonly subject: string;
  readonly rule: string;
}

interface WorkOf {
  readonly handler: string;
  readonly subject: string;
  readonly n: number;
  readonly state: string;
  readonly attempt: number;
}

function snapshot(given: { numbers: Iterable<readonly [string, readonly number[]]>; events: readonly Pick<StoredEvent, 'type' | 'subject' | 'data'>[]; ledger: readonly LedgerRow[]; work: readonly WorkOf[]; timers: number; calls: Calls }): Snapshot {
  const events: Record<string, string[]> = {};
  // A timer that is set once more before it has rung rings once: how often, time decides.
  const rung = new Set<string>();
  for (const { type, subject, data } of given.events) if (type !== 'Rang' || (rung.size < rung.add(subject).size)) (events[`${subject} ${type}`] ??= []).push(`${(data as { n: number }).n} ${(data as { how?: string }).how ?? ''}`);
  return {
    numbers: Object.fromEntries([...given.numbers].sort(([a], [b]) => (a < b ? -1 : 1))), events: Object.fromEntries(Object.entries(events).sort(([a], [b]) => (a < b ? -1 : 1))), timers: given.timers,
    ledger: given.ledger.map(({ handler, subject, rule }) => `${handler} ${subject} ${rule}`).sort(),
    work: given.work.map(({ handler, subject, n, state, attempt }) => `${handler} ${subject} ${n} ${state} ${attempt}`).sort(),
    calls: [...given.calls.values()].map(({ name, maybeSent }) => `${name} ${maybeSent.join(' ')}`).sort(),
  };
}

const POLL_MS = 40;
const NOTE = { handler: 'consumer', rule: 'already_stored', evidence: () => ({}) };

/** One engine that plays traces. */
export interface Engine {
  append(events: readonly Asked[]): Promise<void>;
  foreign(envelopes: readonly EventEnvelope[]): Promise<ForeignResult[]>;
  pullIn(subjects: readonly string[]): Promise<void>;
  /** After everything has come to rest. `subjects` begin with this. */
  rest(prefix: string, wanted?: Snapshot): Promise<Snapshot>;
}

/** The engine in memory, at which it can go wrong when the test says so. */
export interface MemoryEngine extends Engine {
  /** The process dies: what runs has no end, and all begins anew from the rows. Also what follows where its commits fail. */
  die(): void;
  /** Handles this event, and writes the outcome of its effect if that is `what`: of the last commit the answer is lost. */
  loseCommit(event: Asked, what: Exclude<Between, 'death'>): Promise<void>;
}

/** In memory. What happens next is drawn; nothing takes time. */
export function memoryEngine(seed: number): MemoryEngine {
  const random = mulberry(seed);
  const rows = new Map<string, Tally>();
  let hasDied = false;
  const { extension, calls } = traceExtension({ load: async () => new Map(), save: async () => undefined }, () => (hasDied ? undefined : new Promise(() => undefined)));
  const log = new MemoryLog({
    preparer: { catalogue: TRACES, nowMs: Date.now, uuid: () => uuid7(Date.now()) }, extensions: [extension], map: TRACE_MAP, random: () => 0,
    tables: {
      load: (_extension, subjects) => new Map(subjects.flatMap((subject) => { const row = rows.get(subject); return row === undefined ? [] : [[subject, row] as const]; })),
      save: (_extension, after) => { for (const [subject, row] of after) rows.set(subject, row as Tally); },
    },
    watcher: { appended: () => undefined, applied: () => undefined, effectEnded: () => undefined },
  });
  const reader = log.reader('traces');
  const possible = (): (() => void)[] => [
    ...[...reader.unread()].map((subject) => () => reader.begin([subject])), ...reader.retries().map(({ subject }) => () => reader.beginRetry(subject)),
    ...reader.ended().map((one) => () => reader.beginOutcome(one)), ...reader.startable().map((one) => () => void reader.start(one)), ...reader.dueTimers().map(({ key }) => () => reader.beginTimer(key)),
  ];
  const append = (events: readonly Asked[]): void => void log.append(events.map((data) => log.prepare({ type: 'Asked', data }, 'test', { correlationId: uuid7(Date.now()), causationId: null, metadata: {} })));
  return {
    append: async (events) => append(events),
    foreign: async (envelopes) => log.appendForeign(envelopes, NOTE),
    pullIn: async (subjects) => subjects.forEach((subject) => log.pullIn(subject)),
    die() {
      hasDied = true;
      reader.die();
    },
    async loseCommit(event, what) {
      append([event]);
      reader.begin([event.subject]);
      reader.commit();
      if (what === 'settled') {
        const [job] = reader.startable().filter(({ job: { event: { subject } } }) => subject === event.subject);
        if (job === undefined) throw new Error('There is no job of the event whose commit is to be lost.');
        reader.start(job);
        for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
        reader.beginOutcome(job);
        reader.commit();
      }
      reader.die();
    },
    async rest(prefix) {
      for (let all = possible(); all.length > 0; all = possible()) {
        all[Math.floor(random() * all.length)]?.();
        reader.commit();
        for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      }
      const nOf = (event: StoredEvent): number => (event.data as Asked).n;
      const work = [
        ...reader.jobs.map(({ job, kept }) => ({ handler: job.name, subject: job.event.subject, n: nOf(job.event), state: kept.state, attempt: kept.attempt })),
        ...[...reader.parked.values()].flat().map(({ handler, event, state, attempt }) => ({ handler, subject: event.subject, n: nOf(event), state, attempt })),
      ];
      return snapshot({
        numbers: [...rows].map(([subject, { numbers }]) => [subject, numbers] as const).filter(([subject]) => subject.startsWith(prefix)), events: log.events.filter(({ subject }) => subject.startsWith(prefix)), ledger: log.ledger, work, timers: reader.timers.size, calls,
      });
    },
  };
}

export function openTraces(pool: pg.Pool): Promise<EventLog> {
  return EventLog.open({ pool, catalogue: TRACES, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
}

/** On PostgreSQL, with real readers over it. `logOf`: of the process that lives; `calls`: of its extension; `pool`: to look at what is written. */
export function databaseEngine(logOf: () => EventLog, calls: Calls, pool: pg.Pool, waitMs: number): Engine {
  return {
    // Those of one subject one after another, subjects beside each other.
    append: async (events) => {
      const log = logOf();
      await Promise.all([...Map.groupBy(events, ({ subject }) => subject).values()].map(async (own) => {
        for (const data of own) {
          const insert = log.insert([log.prepare({ type: 'Asked', data }, 'test', { correlationId: uuid7(Date.now()), causationId: null, metadata: {} })], 1);
          await log.pool.query(insert.text, insert.values);
        }
      }));
      log.wake();
    },
    foreign: (envelopes) => logOf().appendForeign(envelopes, NOTE),
    pullIn: (subjects) => inTransaction(pool, (tx) => logOf().pullIn(tx, subjects)),
    async rest(prefix, wanted) {
      const endMs = performance.now() + waitMs;
      for (;;) {
        const seen = await look(prefix);
        if (JSON.stringify(seen) === JSON.stringify(wanted) || performance.now() > endMs) return seen;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };

  async function look(prefix: string): Promise<Snapshot> {
    const like = [`${prefix}%`];
    const [numbers, events, ledger, work, timers] = await Promise.all([
      pool.query('SELECT subject, numbers FROM tally WHERE subject LIKE $1', like),
      pool.query('SELECT type, subject, data FROM events WHERE subject LIKE $1 ORDER BY epoch, txid, position', like),
      pool.query('SELECT handler, subject, rule FROM ledger WHERE subject LIKE $1', like),
      pool.query("SELECT w.handler, w.subject, w.state, w.attempt, (e.data->>'n')::int AS n FROM work w JOIN events e USING (event_id) WHERE w.subject LIKE $1", like),
      pool.query('SELECT count(*)::int AS n FROM timers WHERE subject LIKE $1', like),
    ]);
    return snapshot({
      numbers: numbers.rows.map((row) => [row.subject, row.numbers] as const), events: events.rows, ledger: ledger.rows, work: work.rows, timers: timers.rows[0].n,
      calls: new Map([...calls].filter(([, { name }]) => name.startsWith(prefix))),
    });
  }
}

/** Plays a trace on both, and tells each difference to `differs`. */
export async function playTrace(steps: readonly Step[], prefix: string, [memory, database]: readonly [Engine, Engine], differs: (memory: unknown, database: unknown) => void): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'own') await Promise.all([memory.append(step.events), database.append(step.events)]);
    else if (step.kind === 'pullIn') await Promise.all([memory.pullIn(step.subjects), database.pullIn(step.subjects)]);
    else if (step.kind === 'foreign') differs(await memory.foreign(step.envelopes), await database.foreign(step.envelopes));
    else {
      const wanted = await memory.rest(prefix);
      differs(wanted, await database.rest(prefix, wanted));
    }
  }
}
