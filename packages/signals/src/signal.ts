/**
 * A signal: an event of the catalogue that exactly one extension declares, and sends.
 *
 * Promise: `sendRobust` is the only way to send one. It returns nothing; the event is checked against the catalogue and
 * appended in the transaction of the caller's decision, and every handler that the map connects to it is called, whatever
 * another one does. Refuses: a context that the host did not make or whose decision has ended, and a signal of another extension.
 */
import type { DecideContext, Outcome } from '@commerce/event-log/extension';
import type { EventEntry } from '@commerce/events/catalogue';
import type { z } from 'zod';
import type { Place } from './place.ts';
import { NotItsSignal, send } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { placeOfCaller } from './place.ts';

/** The context of a decision or of an intake: what `sendRobust` needs beside the payload. */
export interface SendContext extends DecideContext {
  readonly outbox: Outbox;
}

export interface Signal<Schema extends z.ZodObject = z.ZodObject> {
  readonly entry: EventEntry<Schema>;
  /** Why nobody needs to hear it, when that is so. */
  readonly unheard: string | undefined;
  /** It stays in the log of this service. */
  readonly internal: boolean;
  /** Every extension may send it, if the one that declares it is loaded. */
  readonly shared: boolean;
  readonly declaredAt: Place | undefined;
  /**
   * Sends: the event is appended with what the caller's decision writes, or not at all. `sequence`: version of the sender's
   * aggregate after this event, from 1. Throws `NotItsSignal`, and `SentAround` outside of a decision; a payload that does not
   * fit the catalogue fails the decision, whatever the caller catches.
   */
  sendRobust(payload: z.infer<Schema>, context: SendContext, sequence?: number): void;
}

/**
 * Makes a catalogue entry a signal. `unheard`: the reason why the map need not connect a handler to it. `internal`: it
 * is not published. `shared`: every extension may send it.
 */
export function defineSignal<Schema extends z.ZodObject>(entry: EventEntry<Schema>, options: { readonly unheard?: string; readonly internal?: boolean; readonly shared?: boolean } = {}): Signal<Schema> {
  const signal: Signal<Schema> = Object.freeze({
    entry,
    unheard: options.unheard,
    internal: options.internal ?? false,
    shared: options.shared ?? false,
    declaredAt: placeOfCaller(defineSignal),
    sendRobust(payload, { outbox }, sequence): void {
      send(outbox, signal, { type: entry.type, data: payload, ...(sequence === undefined ? {} : { sequence }) });
    },
  } satisfies Signal<Schema>);
  return signal;
}

/**
 * Sends what a pure decision has put into its outcome, in that order, and gives the outcome as a handler returns it. Throws for
 * a type that is none of these signals.
 */
export function sendingOf(signals: readonly Signal<any>[]): <State>(outcome: Outcome<State>, context: SendContext) => Outcome<State> {
  const byType = new Map(signals.map((signal) => [signal.entry.type, signal]));
  return (outcome, context) => {
    if (outcome.kind !== 'apply' || outcome.events.length === 0) return outcome;
    for (const { type, data, sequence } of outcome.events) {
      const signal = byType.get(type);
      if (signal === undefined) throw new NotItsSignal(`${type} is none of the signals that may be sent here.`);
      signal.sendRobust(data as Record<string, unknown>, context, sequence);
    }
    return { ...outcome, events: [] };
  };
}
