/**
 * Events decided once more: by the live handlers of one extension, on its live rows, under their locks.
 *
 * A dry run decides the same, and what follows from it (see replay-following.pg.ts), and is rolled back, batch by batch. What a batch would have written is seen by the ones behind it: the
 * rows that it would leave are laid over those that are loaded, as long as the live ones are what they were. So it says of each row
 * what a run would make of it. Nothing is parked: an event whose time has not come is passed over, and one that fails is told.
 * So is what the live reader has not handled yet, or stands behind what it has parked: a replay never goes before it.
 */
import { BatchSize } from './batch-size.ts';
import type { Input, Settled } from './change.pg.ts';
import { MAX_SUBJECTS } from './change.pg.ts';
import type { StoredEvent } from './event.ts';
import { notYet } from './extension.ts';
import type { Extension, Tx } from './extension.ts';
import { failing, handlerInput } from './handler-input.ts';
import type { EventLog } from './log.pg.ts';
import type { AnyState, MappedExtension } from './map.ts';
import type { ReplayCounts, ReplayDifference } from './replay.ts';
import { stateJson } from './replay.ts';
import { marked } from './replay-mark.ts';
import type { ReplayMark } from './replay-mark.ts';
import { appendedHere, follow } from './replay-following.pg.ts';
import type { Followed } from './replay-following.pg.ts';
import { outsideOf } from './replay-outside.ts';
import type { OutsideOf } from './replay-outside.ts';
import { standingOf } from './replay-standing.pg.ts';
import type { Standing } from './replay-standing.pg.ts';
import { WatchedStore } from './replay-watched-store.ts';
import type { Over, Row } from './replay-watched-store.ts';
import { isSystemic, sqlState } from './transaction.pg.ts';
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
  /** Does an extension take part in what follows? */
  readonly follows: (extension: string) => boolean;
  /** What of an event would go outside. */
  readonly outside: OutsideOf;
  /** Waits before a batch is made again whose rows somebody is changing. */
  readonly pause: () => Promise<void>;
  readonly monotonicMs: () => number;
}

/** A dry run gives way to live readers so often, with a pause between; then it says so. */
const MOST_BUSY = 200;
const LOCK_NOT_AVAILABLE = '55P03';

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
  /** Of a dry run, by extension. */
  readonly #over = new Map<string, Over>();
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
      if (index > 0 && (index >= MOST_EVENTS || subjects.size > this.#size.most || locked.size > MAX_SUBJECTS)) return index;
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
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(inputs, of, note);
      } catch (error) {
        if (!this.#o.isDry || sqlState(error) !== LOCK_NOT_AVAILABLE || tries >= MOST_BUSY) throw error;
        await this.#o.pause();
      }
    }
  }

  async #once(inputs: readonly Input<AnyState>[], of: Given, note: (tx: Tx | undefined, batch: DecidedBatch) => Promise<void>): Promise<void> {
    const { log, mapped: { extension }, isDry, monotonicMs } = this.#o;
    const stores = new Map<string, WatchedStore>();
    const storeOf = ({ extension: { name, store } }: MappedExtension): WatchedStore => kept(stores, name, () => new WatchedStore(store, kept(this.#over, name, () => new Map())));
    let batch: DecidedBatch | undefined;
    let failed: readonly string[] = [];
    let firstWriteMs: number | undefined;
    let noteFault: unknown;
    let standing: Standing | undefined;
    const stood = inputs.map((input) => behindTheLiveReader(input, () => standing));
    try {
      await log.change({ ...extension, store: storeOf(this.#o.mapped) } as Extension<AnyState>, stood, {
        held: this.#held,
        before: async (tx) => void (standing = await standingOf(tx, extension.name, Object.keys(extension.handlers), inputs.map(({ subject }) => subject))),
        judge: () => void (firstWriteMs = monotonicMs()),
        after: (tx, settled) => [(async () => {
          batch = await this.#tell(tx, settled, of, storeOf, stores);
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
      for (const store of stores.values()) store.layOver();
      if ([...this.#over.values()].reduce((sum, { size }) => sum + size, 0) > DRY_ROWS) throw new TooManyRows();
      await note(undefined, batch);
    }
    for (const subject of failed) this.#held.add(subject);
    this.#size.took(monotonicMs() - (firstWriteMs ?? monotonicMs()), new Set(inputs.map(({ subject }) => subject)).size);
  }

  /** What was decided, and of a dry run what follows from it. */
  async #tell(tx: Tx, settled: readonly Settled<AnyState>[], of: Given, storeOf: (mapped: MappedExtension) => WatchedStore, stores: ReadonlyMap<string, WatchedStore>): Promise<DecidedBatch> {
    const { log, mapped, all, follows, isDry, outside, mark } = this.#o;
    await storeOf(mapped).rows(tx);
    const hasAppended = settled.some(({ outcome }) => outcome.kind === 'apply' && outcome.events.length > 0);
    const appended = hasAppended ? await appendedHere(tx, log, 0) : [];
    const followed: Followed = isDry ? await follow(tx, { log, all, follows, storeOf }, appended) : { events: [], settled: [] };
    const rows: (readonly [string, string, Row])[] = [];
    for (const [name, store] of stores) for (const [subject, row] of await store.rows(tx)) rows.push([name, subject, row]);
    const goes = await outsideOf(tx, { outside, all, mark }, [...appended, ...followed.events]);
    const { counts, differences } = this.#batchOf(settled, rows, of);
    return {
      counts: { ...counts, appended: (counts.appended ?? 0) + followed.events.length, outside: goes.count, failed: (counts.failed ?? 0) + followed.settled.filter(isFailed).length },
      differences: [...differences, ...followed.events.map(followingEvent), ...followed.settled.filter(isFailed).map((one) => this.#faultOf(one)), ...goes.differences],
    };
  }

  #batchOf(settled: readonly Settled<AnyState>[], rows: readonly (readonly [string, string, Row])[], { matched, unheard }: Given): DecidedBatch {
    const differences: ReplayDifference[] = rows.flatMap(([name, subject, { before, after }]) => {
      const [was, is] = [stateJson(before), stateJson(after)];
      return was === is ? [] : [{ key: `row:${name}:${subject}`, kind: 'row', name, subject, eventId: null, before: was, after: is }];
    });
    const counts = { matched, applied: 0, ignored: 0, skipped: unheard, failed: 0, appended: 0 };
    for (const one of settled) {
      const { input, outcome } = one;
      if (outcome.kind === 'apply') counts.applied += 1;
      else if (outcome.kind === 'stale') counts.ignored += 1;
      else if (outcome.kind === 'failed') counts.failed += 1;
      else counts.skipped += 1;
      if (outcome.kind === 'failed') differences.push(this.#faultOf(one));
      if (outcome.kind !== 'apply') continue;
      counts.appended += outcome.events.length;
      const eventId = input.event?.eventId ?? null;
      for (const [index, { type, data }] of outcome.events.entries()) {
        differences.push({ key: `event:${input.handler}:${eventId}:${index}`, kind: 'event', name: type, subject: input.subject, eventId, before: null, after: stateJson(data) });
      }
    }
    return { counts, differences };
  }

  #faultOf({ input: { handler, subject, event }, outcome }: Settled<AnyState>): ReplayDifference {
    const error = outcome.kind === 'failed' ? outcome.error : undefined;
    return {
      key: `fault:${handler}:${event?.eventId ?? ''}`, kind: 'fault', name: handler, subject, eventId: event?.eventId ?? null, before: null, after: JSON.stringify(workError(error, this.#o.log.preparer.nowMs())),
    };
  }
}

/** An event that follows; of a dry run it is one that nobody will find by its id, so what caused it is left out. */
export function followingEvent({ eventId, type, subject, data }: StoredEvent): ReplayDifference {
  return { key: `following:${eventId}`, kind: 'event', name: type, subject, eventId: null, before: null, after: stateJson(data) };
}

const isFailed = ({ outcome }: Settled<AnyState>): boolean => outcome.kind === 'failed';

function kept<Value>(by: Map<string, Value>, key: string, make: () => Value): Value {
  const found = by.get(key) ?? make();
  by.set(key, found);
  return found;
}

/** What the live reader has to do itself, or must have done before, is not decided here. */
function behindTheLiveReader(input: Input<AnyState>, standing: () => Standing | undefined): Input<AnyState> {
  const { event, handler } = input;
  if (event === undefined) return input;
  return {
    ...input,
    decide: (state, context) => {
      if (standing()?.isAhead(handler, event) === true) return notYet('the live reader has not handled it');
      if (standing()?.isBehind(event) === true) return notYet('an earlier event of the subject is parked');
      return input.decide(state, context);
    },
  };
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
