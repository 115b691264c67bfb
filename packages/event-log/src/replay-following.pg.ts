/**
 * What follows from what a dry run has decided: its events are given on to the transactional handlers that hear them, and so are the
 * events of those, in the same transaction, which is rolled back.
 *
 * The order is that of the log: what was appended first is heard first, by each extension in the order of the map; what an event
 * causes stands behind all that was there. Bounded in depth and number. The locks are taken late, and
 * only for a moment waited for: live readers go first.
 */
import { changeWithin, lockLate } from './change.pg.ts';
import type { Input, Settled } from './change.pg.ts';
import type { StoredEvent } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Extension, Tx } from './extension.ts';
import { handlerInput } from './handler-input.ts';
import type { EventLog } from './log.pg.ts';
import type { AnyState, MappedExtension } from './map.ts';
import { standingOf } from './replay-standing.pg.ts';
import type { WatchedStore } from './replay-watched-store.ts';
import { run } from './statement.pg.ts';

/** Steps behind each other: the longest flow has about ten. */
const MOST_STEPS = 24;
/** Events that follow from one batch. */
const MOST_FOLLOWING = 2_000;

/** A lock that somebody has for longer is not waited for; well before the server would look for a deadlock. */
const LOCKED_MS = 40;

/** More follows than is carried on. `message` is for the person who asked. */
export class TooMuchFollows extends Error {
  override readonly name = 'TooMuchFollows';
  constructor() {
    super(`More than ${MOST_FOLLOWING} events, or more than ${MOST_STEPS} steps, would follow from one batch: say more exactly which events are meant.`);
  }
}

export interface FollowOptions {
  readonly log: EventLog;
  readonly all: readonly MappedExtension[];
  /** Does an extension take part? One that only watches does not. */
  readonly follows: (extension: string) => boolean;
  readonly storeOf: (mapped: MappedExtension) => WatchedStore;
}

export interface Followed {
  /** Without the ones that were given. */
  readonly events: readonly StoredEvent[];
  /** What failed, or stands behind what the live reader has parked. */
  readonly settled: readonly Settled<AnyState>[];
}

/** Gives these events on, until nothing follows. Throws `TooMuchFollows`, and what the database says of a lock or a write. */
export async function follow(tx: Tx, options: FollowOptions, first: readonly StoredEvent[]): Promise<Followed> {
  const { log, all, follows } = options;
  const carrying = all.filter(({ extension }) => follows(extension.name)).map((mapped) => new Following(options, mapped));
  const events: StoredEvent[] = [];
  const settled: Settled<AnyState>[] = [];
  for (let [heard, steps] = [first, 0]; heard.length > 0; steps += 1) {
    if (steps >= MOST_STEPS || events.length > MOST_FOLLOWING) throw new TooMuchFollows();
    for (const one of carrying) settled.push(...(await one.hear(tx, heard)));
    heard = await appendedHere(tx, log, heard.at(-1)?.cursor.position ?? 0);
    events.push(...heard);
  }
  return { events, settled };
}

/** The events that this transaction has appended behind a position, in clear. */
export async function appendedHere(tx: Tx, log: EventLog, afterPosition: number): Promise<readonly StoredEvent[]> {
  const { rows } = await run(tx,
    `SELECT ${eventColumns()} FROM events WHERE epoch = $1::integer AND txid = pg_current_xact_id() AND position > $2::bigint ORDER BY txid, position`, [log.epoch, afterPosition]);
  return log.clear(rows.map(storedEvent), tx);
}

class Following {
  readonly #o: FollowOptions;
  readonly #mapped: MappedExtension;
  /** What waits for its subject to change. */
  readonly #waiting = new Map<string, Input<AnyState>[]>();
  readonly #held = new Set<string>();

  constructor(options: FollowOptions, mapped: MappedExtension) {
    this.#o = options;
    this.#mapped = mapped;
  }

  async hear(tx: Tx, events: readonly StoredEvent[]): Promise<Settled<AnyState>[]> {
    const { log, storeOf } = this.#o;
    const { extension, routes } = this.#mapped;
    const inputs = events.flatMap((event) => (routes.get(event.type)?.handlers ?? []).map(({ name }) => handlerInput({ log, mapped: this.#mapped }, name, event)));
    if (inputs.length === 0) return [];
    await lockLate(tx, extension.name, inputs, LOCKED_MS);
    const standing = await standingOf(tx, extension.name, Object.keys(extension.handlers), inputs.map(({ subject }) => subject));
    for (const { subject, event } of inputs) if (event !== undefined && standing.isBehind(event)) this.#held.add(subject);
    const settled = await changeWithin(tx, log.preparer, log.epoch, { ...extension, store: storeOf(this.#mapped) } as Extension<AnyState>, inputs, {
      waiting: this.#waiting, held: this.#held, ...(log.personal !== undefined && { personal: log.personal }),
    });
    for (const { input, outcome } of settled) this.#remember(input, outcome.kind);
    return settled;
  }

  #remember(input: Input<AnyState>, kind: Settled<AnyState>['outcome']['kind']): void {
    const others = (this.#waiting.get(input.subject) ?? []).filter((one) => one !== input);
    this.#waiting.set(input.subject, kind === 'notYet' ? [...others, input] : others);
    if (kind === 'failed') this.#held.add(input.subject);
  }
}
