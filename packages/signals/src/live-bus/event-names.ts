/**
 * The names of events on the live bus: each is known by its type, its constant, its second names and its webhook name, which is
 * the one that is shown. Refused: a name that no entry has, so that a misspelled subscription does not wait for ever.
 */
import { UnknownEventType } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { versionsInOrder } from '@commerce/events/upcasting';

/** What a subscription hears. */
export interface Heard {
  /** Names under which it is counted: `order.created`, or the wildcard as it was given. */
  readonly countedAs: readonly string[];
  readonly hears: (name: string) => boolean;
}

export class EventNames {
  /** Webhook names by every other name. */
  readonly #byName = new Map<string, Set<string>>();
  readonly #typeOf = new Map<string, string>();
  readonly #versionOf = new Map<string, string>();

  constructor(entries: readonly EventEntry<any>[]) {
    for (const { type, constant, webhook, otherNames = [], versions } of entries) {
      this.#typeOf.set(webhook, type);
      this.#versionOf.set(webhook, versionsInOrder(versions).at(-1) ?? 'v1');
      for (const name of [type, constant, webhook, ...otherNames]) this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(webhook));
    }
  }

  /** The webhook name of a type; the type itself when no entry has it. */
  nameOf(type: string): string {
    return this.#one(type) ?? type;
  }

  /** The one event of this name. Throws `UnknownEventType`, also for a name that stands for several. */
  eventOf(name: string): { readonly name: string; readonly type: string; readonly version: string } {
    const webhook = this.#one(name);
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

  #one(name: string): string | undefined {
    const names = this.#byName.get(name);
    return names?.size === 1 ? [...names][0] : undefined;
  }
}
