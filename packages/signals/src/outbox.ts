/**
 * What is sent in one decision: from its beginning to its end, by one extension, and no longer.
 *
 * Promise: an event that went through here is known by itself, so that the log admits no other one as the service's own.
 * Refuses: an outbox that was not opened here, a signal that its extension may not send, and what is sent after the decision
 * has ended, for nobody would write it. No door of the package leads here: only the host opens an outbox.
 */
import type { NewEvent } from '@commerce/event-log/event';
import type { ExtensionDefinition } from './extension.ts';
import type { Signal } from './signal.ts';

/** An extension sent what it does not declare. */
export class NotItsSignal extends Error {
  override readonly name = 'NotItsSignal';
}

/** An event was to be written that did not go through `sendRobust`, or not in its decision. */
export class SentAround extends Error {
  override readonly name = 'SentAround';
}

/** An event that was sent, with the source under which it may be written. */
class Sent implements NewEvent {
  readonly type: string;
  readonly data: object;
  readonly sequence?: number;
  readonly #source: string;

  constructor({ type, data, sequence }: NewEvent, source: string) {
    this.type = type;
    this.data = data;
    if (sequence !== undefined) this.sequence = sequence;
    this.#source = source;
  }

  static sourceOf(event: object): string | undefined {
    return #source in event ? event.#source : undefined;
  }
}

/** Shows nothing of what it holds. */
class OpenOutbox {
  readonly #definition: ExtensionDefinition;
  readonly #sent: Sent[] = [];
  #isOpen = true;

  constructor(definition: ExtensionDefinition) {
    this.#definition = definition;
  }

  static with<Result>(definition: ExtensionDefinition, decide: (outbox: OpenOutbox) => Result): { readonly result: Result; readonly events: readonly NewEvent[] } {
    const outbox = new OpenOutbox(definition);
    try {
      const result = decide(outbox);
      return { result, events: outbox.#sent };
    } finally {
      outbox.#isOpen = false;
    }
  }

  static put(outbox: OpenOutbox, signal: Signal<any>, event: NewEvent): void {
    if (typeof outbox !== 'object' || outbox === null || !(#sent in outbox)) throw new SentAround(`${event.type} was sent with a context that the host did not make: send it with the context that the decision was given.`);
    const definition = outbox.#definition;
    if (!outbox.#isOpen) throw new SentAround(`${definition.name} sent ${event.type} after its decision had ended: nothing would write it. Send it before the decision returns.`);
    if (!typesOf(definition).has(event.type) && !sharedSignals.has(signal)) {
      throw new NotItsSignal(`The extension ${definition.name} does not declare the signal ${event.type}, so it may not send it. Declare it there, or let the extension that declares it send it.`);
    }
    outbox.#sent.push(new Sent(event, definition.source));
  }
}

const ownTypes = new WeakMap<ExtensionDefinition, ReadonlySet<string>>();
const sharedSignals = new WeakSet<Signal<any>>();

/** The shared signals of what is loaded: every extension may send these, and no copy of them. */
export function share(signals: readonly Signal<any>[]): void {
  for (const signal of signals) if (signal.shared) sharedSignals.add(signal);
}

export type Outbox = OpenOutbox;

// Whoever has one of these must not come to its class, and make another.
for (const { prototype } of [Sent, OpenOutbox]) Reflect.deleteProperty(prototype, 'constructor');

/** Decides with an outbox of this extension, and closes it. */
export const withOutbox: typeof OpenOutbox.with = OpenOutbox.with;

/** Puts an event of this signal into the outbox. Throws `SentAround` and `NotItsSignal`. */
export const send: typeof OpenOutbox.put = OpenOutbox.put;

/** For the log of the service (`admits`). Throws `SentAround` for an event that was not sent by the extension of this source. */
export function admitSent(event: NewEvent, source: string): void {
  const sentBy = Sent.sourceOf(event);
  if (sentBy === undefined) throw new SentAround(`${event.type} was not sent with sendRobust: nothing else is appended to this log as an event of ${source}.`);
  if (sentBy !== source) throw new SentAround(`${event.type} was sent by ${sentBy}, and is to be written as an event of ${source}: write it as what it is.`);
}

function typesOf(definition: ExtensionDefinition): ReadonlySet<string> {
  let types = ownTypes.get(definition);
  if (types === undefined) {
    types = new Set(definition.signals.map(({ entry }) => entry.type));
    ownTypes.set(definition, types);
  }
  return types;
}
