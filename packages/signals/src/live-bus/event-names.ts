/**
 * The names of events on the live bus: each is known by its type, its constant, its second names and its webhook name, which is
 * the one that is shown. Refused: a name that no entry has, so that a misspelled subscription does not wait for ever.
 */
import { UnknownEventType } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import { versionsInOrder } from '@commerce/events/upcasting';

/** What a subscription hears. */
export interface Heard {
  /** Names under which it is counted: `order.created`, or the wildcard as it was given. */
  readonly countedAs: readonly string[];
  readonly hears: (name: string) => boolean;
}

const RUNS: ReadonlySet<string> = new Set(JOB_ENTRIES.map(({ webhook }) => webhook));

/** Names under which runs of handlers are told. */
export const RUN_NAMES: readonly string[] = [...RUNS];

export function isRunName(name: string): boolean {
  return RUNS.has(name);
}

export class EventNames {
  /** Webhook names by every other name. */
  readonly #byName = new Map<string, Set<string>>();
  /** The one webhook name of a name that stands for no other. */
  readonly #nameOf = new Map<string, string>();
  readonly #typeOf = new Map<string, string>();
  readonly #versionOf = new Map<string, string>();

  constructor(entries: readonly EventEntry<any>[]) {
    for (const { type, constant, webhook, otherNames = [], versions } of entries) {
      this.#typeOf.set(webhook, type);
      this.#versionOf.set(webhook, versionsInOrder(versions).at(-1) ?? 'v1');
      for (const name of [type, constant, webhook, ...otherNames]) this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(webhook));
    }
    for (const [name, [webhook, ...more]] of this.#byName) if (webhook !== undefined && more.length === 0) this.#nameOf.set(name, webhook);
  }

  /** The webhook name of a type; the type itself when no entry has it. */
  nameOf(type: string): string {
    return this.#nameOf.get(type) ?? type;
  }

  /** The one event of this name. Throws `UnknownEventType`, also for a name that stands for several. */
  eventOf(name: string): { readonly name: string; readonly type: string; readonly version: string } {
    const webhook = this.#nameOf.get(name);
    if (webhook === undefined) throw new UnknownEventType(name);
    return { name: webhook, type: this.#typeOf.get(webhook) ?? webhook, version: this.#versionOf.get(webhook) ?? 'v1' };
  }

  /** A name, `*`, or a wildcard such as `order.*`. Throws `UnknownEventType` when it can match nothing. */
  resolve(wanted: string): Heard {
    if (wanted === '*') return { countedAs: ['*'], hears: () => true };
    if (wanted.endsWith('.*')) {
      const prefix = wanted.slice(0, -1);
      if ([...this.#typeOf.keys()].some((name) => name.startsWith(prefix))) return { countedAs: [wanted], hears: (name) => name.startsWith(prefix) };
    }
    const names = this.#byName.get(wanted);
    if (names === undefined) throw new UnknownEventType(wanted);
    return { countedAs: [...names], hears: (name) => names.has(name) };
  }
}
