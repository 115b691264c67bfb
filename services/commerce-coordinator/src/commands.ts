/**
 * Commands: what a request asks of one subject of an extension. Decided under the lock of the subject, and written in one
 * transaction with what is sent.
 *
 * Promise: a command resolves after its commit. One that is refused throws what its decision threw, and has written nothing.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { Extension, Outcome, Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/sending';
import type { SendContext } from '@commerce/signals/signal';

export interface Command<State> {
  readonly subject: string;
  /** Further subjects whose state the decision reads (`context.other`) or changes (`others` of `apply`). */
  readonly also?: readonly string[];
  /** For the ledger, for example `catalog.register`. */
  readonly name: string;
  readonly trigger: Trigger;
  /** Runs first, under the lock, in the transaction of what is decided. */
  readonly before?: (tx: Tx) => Promise<void>;
  /** Applies, or throws a refusal. The same state again writes nothing. */
  readonly decide: (state: State | undefined, context: SendContext) => Outcome<State>;
}

/** Gives the state after the command. */
export type RunCommand<State> = <Some extends State>(command: Command<Some>) => Promise<Some>;

/** Runs the commands of an extension, in this process or any other. */
export function commandsOf<State>(log: EventLog, definition: ExtensionDefinition): RunCommand<State> {
  const { name, source, store } = definition;
  const extension: Extension<any> = { name, source, store, handlers: {}, effects: {}, timers: {} };
  return async ({ subject, also = [], name: command, trigger, before, decide }) => {
    const [settled] = await log.change(extension, [{ subject, also, trigger, handler: `command:${command}`, decide: inputDecision<any>(definition, decide) }], before === undefined ? {} : { before });
    if (settled?.outcome.kind === 'apply') return settled.outcome.state;
    throw settled?.outcome.kind === 'failed' ? settled.outcome.error : new Error(`${command} of ${subject} was not decided: ${settled?.outcome.kind ?? 'lost'}.`);
  };
}

/** The subject has changed since its version was read. */
export class VersionDiffers extends Error {
  override readonly name = 'VersionDiffers';
  readonly actual: number;
  constructor(actual: number) {
    super(`The present version is ${actual}.`);
    this.actual = actual;
  }
}

/** What a request says about the version that it has seen. */
export type SeenVersion = number | 'any';

/** Throws `VersionDiffers`. */
export function refuseOtherVersion(seen: SeenVersion, actual: number): void {
  if (seen !== 'any' && seen !== actual) throw new VersionDiffers(actual);
}
