/**
 * Events decided once more: by the live handlers of one extension, on its live rows, under their locks.
 *
 * A dry run decides the same and is rolled back, batch by batch. What a batch would have written is seen by the ones behind it: the
 * rows that it would leave are laid over those that are loaded, as long as the live ones are what they were. So it says of each row
 * what a run would make of it. Nothing is parked: an event whose time has not come is passed over, and one that fails is told.
 */
import { isDeepStrictEqual } from 'node:util';
import { BatchSize } from './batch-size.ts';
import type { Input, Settled } from './change.pg.ts';
import { MAX_SUBJECTS } from './change.pg.ts';
import type { StoredEvent } from './event.ts';
import type { Extension, StateChange, StateStore, Tx } from './extension.ts';
import { failing, handlerInput } from './handler-input.ts';
import type { EventLog } from './log.pg.ts';
import type { AnyState, MappedExtension } from './map.ts';
import type { ReplayCounts, ReplayDifference } from './replay.ts';
import { stateJson } from './replay.ts';
import { marked } from './replay-mark.ts';
import type { ReplayMark } from './replay-mark.ts';
import { isSystemic } from './transaction.pg.ts';
import { workError } from './work-error.ts';

/** Events of one transaction, whatever they are about. */
const MOST_EVENTS = 256;
/** Rows that a dry run keeps in memory. */
export const DRY_ROWS = 20_000;

/** A dry run would change more rows than one may. */
export class TooManyRows extends Error {
  override readonly name = 'TooManyRows';
  constructor() {
    super(`It would change more than ${DRY_ROWS} rows: say more exactly which events are meant, or run it without a dry run.`);
  }
}

/** What became of a batch. */
export interface DecidedBatch {
  readonly counts: Partial<ReplayCounts>;
  readonly differences: readonly ReplayDifference[];
}

export interface DecidingOptions {
  readonly log: EventLog;
  /** Whose handlers decide. */
  readonly mapped: MappedExtension;
  /** All of the map: who would hear what is appended. */
  readonly all: readonly MappedExtension[];
  /** Which of its transactional handlers. */
  readonly takes: (handler: string) => boolean;
  readonly mark: ReplayMark;
  readonly isDry: boolean;
  /** Subjects of which an event has failed before: what comes later of them stands behind it. */
  readonly held: readonly string[];
  readonly monotonicMs: () => number;
}

/** Events of a batch, and of these the ones that none of the handlers hears. */
interface Given {
  readonly matched: number;
  readonly unheard: number;
}

/** Ends the transaction of a dry run. */
class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

export class Deciding {
  readonly #o: DecidingOptions;
  readonly #size = new BatchSize();
  /** Of a dry run: what a subject was when it was first changed, and what it would be. */
  readonly #over = new Map<string, { readonly live: AnyState; readonly after: AnyState }>();

  readonly #held: Set<string>;

  constructor(options: DecidingOptions) {
    this.#o = options;
    this.#held = new Set(options.held);
  }

  /** How many of these events, from the first on, one transaction takes; at least one. */
  take(events: readonly StoredEvent[]): number {
    const subjects = new Set<string>();
    const locked = new Set<string>();
    for (const [index, event] of events.entries()) {
      const inputs = this.#inputsOf(event);
      if (inputs.length > 0) subjects.add(event.subject);
      for (const { subject, also = [] } of inputs) for (const one of [subject, ...also]) locked.add(one);
      if (index > 0 && (index >= MOST_EVENTS || subjects.size > this.#size.subjects || locked.size > MAX_SUBJECTS)) return index;
    }
    return events.length;
  }

  /** Decides them. `note` records it: in the transaction that writes, or behind the one that was rolled back. */
  async decide(events: readonly StoredEvent[], note: (tx: Tx | undefined, batch: DecidedBatch) => Promise<void>): Promise<void> {
    try {
      const given = events.map((event) => this.#inputsOf(event));
      await this.#attempt(given.flat(), { matched: events.length, unheard: given.filter((inputs) => inputs.length === 0).length }, note);
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
      const [event, ...more] = events;
      if (event === undefined) throw error;
      // The database refuses the write of one of them: alone each, and the one that is to blame is told.
      if (more.length > 0) throw new Blamed();
      await this.#attempt(this.#inputsOf(event).map((input) => failing(input, error.cause)), { matched: 1, unheard: 0 }, note);
    }
  }

  #inputsOf(event: StoredEvent): Input<AnyState>[] {
    const { log, mapped, takes, mark } = this.#o;
    const route = mapped.routes.get(event.type);
    return (route?.handlers ?? []).filter(({ name }) => takes(name)).map(({ name }) => told(handlerInput({ log, mapped }, name, marked(event, mark)), mark));
  }

  async #attempt(inputs: readonly Input<AnyState>[], of: Given, note: (tx: Tx | undefined, batch: DecidedBatch) => Promise<void>): Promise<void> {
    if (inputs.length === 0) return note(undefined, { counts: { matched: of.matched, skipped: of.unheard }, differences: [] });
    const { log, mapped: { extension }, isDry, monotonicMs } = this.#o;
    const watched = new WatchedStore(extension.store, this.#over);
    let batch: DecidedBatch | undefined;
    let failed: readonly string[] = [];
    let firstWriteMs: number | undefined;
    let noteFault: unknown;
    try {
      await log.change({ ...extension, store: watched } as Extension<AnyState>, inputs, {
        held: this.#held,
        judge: () => void (firstWriteMs = monotonicMs()),
        after: (tx, settled) => [(async () => {
          const rows = await watched.rows(tx);
          batch = this.#batchOf(settled, rows, of);
          failed = settled.filter(({ outcome }) => outcome.kind === 'failed').map(({ input }) => input.subject);
          if (isDry) throw new RolledBack();
          await note(tx, batch).catch((error: unknown) => {
            noteFault = error;
            throw error;
          });
        })()],
      });
    } catch (error) {
      if (!(error instanceof RolledBack) || batch === undefined) throw firstWriteMs === undefined || noteFault !== undefined || isSystemic(error) ? error : new WriteRefused(error);
      watched.layOver(this.#over);
      await note(undefined, batch);
    }
    for (const subject of failed) this.#held.add(subject);
    this.#size.took(monotonicMs() - (firstWriteMs ?? monotonicMs()), new Set(inputs.map(({ subject }) => subject)).size);
  }

  #batchOf(settled: readonly Settled<AnyState>[], rows: ReadonlyMap<string, Row>, { matched, unheard }: Given): DecidedBatch {
    const { mapped: { extension } } = this.#o;
    const differences: ReplayDifference[] = [...rows].flatMap(([subject, { before, after }]) => {
      const [was, is] = [stateJson(before), stateJson(after)];
      return was === is ? [] : [{ key: `row:${extension.name}:${subject}`, kind: 'row', name: extension.name, subject, eventId: null, before: was, after: is }];
    });
    const counts = { matched, applied: 0, ignored: 0, skipped: unheard, failed: 0, appended: 0, outside: 0 };
    for (const { input, outcome } of settled) {
      if (outcome.kind === 'apply') counts.applied += 1;
      else if (outcome.kind === 'stale') counts.ignored += 1;
      else if (outcome.kind === 'failed') counts.failed += 1;
      else counts.skipped += 1;
      const eventId = input.event?.eventId ?? null;
      const here = `${input.handler}:${eventId}`;
      const plain = { subject: input.subject, eventId, before: null };
      if (outcome.kind === 'failed') differences.push({ ...plain, key: `fault:${here}`, kind: 'fault', name: input.handler, after: JSON.stringify(workError(outcome.error, this.#o.log.preparer.nowMs())) });
      if (outcome.kind !== 'apply') continue;
      counts.appended += outcome.events.length;
      for (const [index, { type, data }] of outcome.events.entries()) {
        differences.push({ ...plain, key: `event:${here}:${index}`, kind: 'event', name: type, after: stateJson(data) });
        for (const effect of this.#effectsOf(type)) {
          counts.outside += 1;
          differences.push({ ...plain, key: `effect:${here}:${index}:${effect}`, kind: 'effect', name: effect, after: JSON.stringify({ signal: type }) });
        }
      }
    }
    return { counts, differences };
  }

  #effectsOf(type: string): string[] {
    return this.#o.all.flatMap(({ routes }) => (routes.get(type)?.effects ?? []).map(({ name }) => name));
  }
}

/** The input; what it ignores stands in the ledger with the replay. */
function told(input: Input<AnyState>, { id }: ReplayMark): Input<AnyState> {
  return {
    ...input,
    decide: (state, context) => {
      const outcome = input.decide(state, context);
      return outcome.kind === 'stale' ? { ...outcome, evidence: { ...outcome.evidence, replay: id } } : outcome;
    },
  };
}

/** A batch cannot be written because of one of its events: they are to be given one by one. */
export class Blamed extends Error {
  override readonly name = 'Blamed';
}

class WriteRefused extends Error {
  override readonly name = 'WriteRefused';
  constructor(cause: unknown) {
    super('What was decided could not be written.', { cause });
  }
}

interface Row {
  readonly before: AnyState;
  readonly after: AnyState;
}

type Over = Map<string, { readonly live: AnyState; readonly after: AnyState }>;

/** The store of an extension for one transaction: says what its rows were and became, and of a dry run shows those of before. */
class WatchedStore implements StateStore<AnyState> {
  readonly #inner: StateStore<AnyState>;
  readonly #over: Over;
  #live: ReadonlyMap<string, AnyState> = new Map();
  #seen: ReadonlyMap<string, AnyState> = new Map();
  #changed: readonly string[] = [];
  #saved: Promise<void> = Promise.resolve();
  #after: ReadonlyMap<string, AnyState> = new Map();

  constructor(inner: StateStore<AnyState>, over: Over) {
    this.#inner = inner;
    this.#over = over;
  }

  async load(tx: Tx, subjects: readonly string[]): Promise<Map<string, AnyState>> {
    this.#live = await this.#inner.load(tx, subjects);
    const seen = new Map(this.#live);
    for (const subject of subjects) {
      const over = this.#over.get(subject);
      if (over === undefined) continue;
      // Somebody has changed it since: what was laid over it is of the past.
      if (isDeepStrictEqual(over.live, this.#live.get(subject))) seen.set(subject, over.after);
      else this.#over.delete(subject);
    }
    this.#seen = seen;
    return seen;
  }

  save(tx: Tx, changes: readonly StateChange<AnyState>[]): Promise<void> {
    this.#changed = changes.map(({ subject }) => subject);
    // What was laid over a row is not in the database: the statement sets out from what is.
    this.#saved = this.#inner.save(tx, changes.map((change) => ({ ...change, before: this.#live.get(change.subject) })));
    return this.#saved;
  }

  saved(changes: readonly StateChange<AnyState>[]): void {
    this.#inner.saved?.(changes);
  }

  /** What was written, as it can be read now; against what it was before this transaction. */
  async rows(tx: Tx): Promise<ReadonlyMap<string, Row>> {
    if (this.#changed.length === 0) return new Map();
    await this.#saved;
    this.#after = await this.#inner.load(tx, this.#changed);
    return new Map(this.#changed.map((subject) => [subject, { before: this.#seen.get(subject), after: this.#after.get(subject) }]));
  }

  layOver(over: Over): void {
    for (const subject of this.#changed) over.set(subject, { live: this.#live.get(subject), after: this.#after.get(subject) });
    if (over.size > DRY_ROWS) throw new TooManyRows();
  }
}
