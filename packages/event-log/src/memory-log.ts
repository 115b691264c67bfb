/**
 * The log in memory: what the tables and the readers of this package promise, without a database and without time of its own. Made for
 * models and for simulation; the same traces run on it and on PostgreSQL, and must come to the same (test-kit/traces.ts).
 *
 * Its decisions, retries, parking and preparing are those of the real readers. What is its own: events stand in one order, which is
 * that of their commits; a commit happens at once. Nothing happens by itself: each step is asked for by whoever drives it. Refuses
 * personal data: nothing is sealed here.
 */
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7Time } from '@commerce/events/uuid7';
import type { NewEvent, StoredEvent, Trigger } from './event.ts';
import type { DuplicateNote } from './foreign-append.pg.ts';
import type { ForeignResult } from './log.pg.ts';
import type { AnyExtension } from './map.ts';
import { resolveMap } from './map.ts';
import type { SignalMap } from './extension.ts';
import { MemoryReader } from './memory-reader.ts';
import type { PreparedEvent, Preparer } from './prepare.ts';
import { prepareForeign, prepareOwn } from './prepare.ts';
import { WINDOW_AFTER_MS, WINDOW_BEFORE_MS } from './schema.pg.ts';

/** The rows of the extensions. */
export interface MemoryTables {
  /** A picture of this moment; a subject without a row is left out. */
  load(extension: string, subjects: readonly string[]): Map<string, unknown>;
  /** Throws for what the tables would refuse; then nothing of the transaction is kept. */
  save(extension: string, after: ReadonlyMap<string, unknown>, before: ReadonlyMap<string, unknown>): void;
}

/** What the driver wants to see. */
export interface MemoryWatcher {
  /** Called for each event when it is committed. */
  appended(event: StoredEvent): void;
  /** Called when an effect is over. */
  effectEnded(handler: string, event: StoredEvent): void;
  /** Called for each decision that was applied, when it is committed. */
  applied(extension: string, subject: string, before: unknown, after: unknown): void;
}

/** What was ignored, and by which rule. */
interface LedgerEntry {
  readonly handler: string;
  readonly eventId: string | null;
  readonly subject: string;
  readonly rule: string;
}

export interface MemoryLogOptions {
  /** Its clock is that of the log: of due times too. */
  readonly preparer: Preparer;
  readonly extensions: readonly AnyExtension[];
  readonly map: SignalMap;
  readonly tables: MemoryTables;
  readonly watcher: MemoryWatcher;
  /** For backoff. */
  readonly random: () => number;
}

export class MemoryLog {
  readonly events: StoredEvent[] = [];
  readonly readers = new Map<string, MemoryReader>();
  readonly ledger: LedgerEntry[] = [];
  readonly options: MemoryLogOptions;
  readonly #bySubject = new Map<string, StoredEvent[]>();
  readonly #digests = new Map<string, Buffer>();

  /** Throws `MapRefused`. */
  constructor(options: MemoryLogOptions) {
    this.options = options;
    for (const mapped of resolveMap(options.preparer.catalogue, options.extensions, options.map)) this.readers.set(mapped.extension.name, new MemoryReader(this, mapped));
  }

  reader(name: string): MemoryReader {
    const reader = this.readers.get(name);
    if (reader === undefined) throw new Error(`There is no extension ${name}.`);
    return reader;
  }

  history(subject: string): readonly StoredEvent[] {
    return this.#bySubject.get(subject) ?? [];
  }

  /** Checks an own event and makes it ready; throws as the log does. */
  prepare(event: NewEvent, source: string, trigger: Trigger): PreparedEvent {
    return prepareOwn(this.options.preparer, event, source, trigger);
  }

  /** Appends what was made ready. */
  append(events: readonly PreparedEvent[]): StoredEvent[] {
    return events.map((event) => this.#keep(event));
  }

  /** Appends events of other services; the result of each stands at its index. `note`: what the ledger keeps of each duplicate. */
  appendForeign(envelopes: readonly EventEnvelope[], note?: DuplicateNote): ForeignResult[] {
    const { catalogue } = this.options.preparer;
    const fresh = new Map<string, PreparedEvent>();
    const results = envelopes.map((envelope): ForeignResult => {
      let event: PreparedEvent;
      try {
        event = prepareForeign(catalogue, envelope);
      } catch (error) {
        return { kind: 'refused', reason: error instanceof Error ? error.message : 'unknown' };
      }
      const known = this.#digests.get(event.eventId) ?? fresh.get(event.eventId)?.digest;
      if (known === undefined && !this.#isInWindow(event.eventId)) return { kind: 'outside_window' };
      if (known === undefined) fresh.set(event.eventId, event);
      else if (!known.equals(event.digest)) return { kind: 'conflict' };
      else if (note !== undefined) this.ledger.push({ handler: note.handler, eventId: event.eventId, subject: event.subject, rule: note.rule });
      return { kind: known === undefined ? 'appended' : 'duplicate' };
    });
    // As the statement does that appends them: in the order of their ids.
    for (const event of [...fresh.values()].sort((a, b) => (a.eventId < b.eventId ? -1 : 1))) this.#keep(event);
    return results;
  }

  /** The log has an event of this id. */
  has(eventId: string): boolean {
    return this.#digests.has(eventId);
  }

  /** All that waits for a subject is due now. `dead`: what was given up too, as a person asks for it. */
  pullIn(subject: string, { dead = true }: { readonly dead?: boolean } = {}): void {
    for (const reader of this.readers.values()) reader.pullIn(subject, dead);
  }

  #isInWindow(eventId: string): boolean {
    const [time, now] = [uuid7Time(eventId) ?? 0, this.options.preparer.nowMs()];
    return time >= now - WINDOW_BEFORE_MS && time <= now + WINDOW_AFTER_MS;
  }

  #keep(prepared: PreparedEvent): StoredEvent {
    const { metadataJson, dataJson, digest, timestamp, personal: _clear, sealedBy: _key, ...rest } = prepared;
    if (this.#digests.has(rest.eventId)) throw new Error(`The log has the event ${rest.eventId} already.`);
    const position = this.events.length + 1;
    // As it is read back from the database: what JSON does not keep is gone.
    const event: StoredEvent = {
      ...rest, occurredAt: timestamp, recordedAtMs: this.options.preparer.nowMs(), metadata: JSON.parse(metadataJson), data: JSON.parse(dataJson), cursor: { epoch: 1, txid: position, position },
    };
    this.events.push(event);
    this.#digests.set(event.eventId, digest);
    const known = this.#bySubject.get(event.subject);
    if (known === undefined) this.#bySubject.set(event.subject, [event]);
    else known.push(event);
    for (const reader of this.readers.values()) reader.hear(event);
    this.options.watcher.appended(event);
    return event;
  }
}
