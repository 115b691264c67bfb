/**
 * Sending outside of a handler: where an extension takes something in, at a command, or in a job.
 *
 * Promise: what is sent goes into the statement or the outcome that the caller writes, and nowhere else.
 */
import type { NewEvent } from '@commerce/event-log/event';
import type { DecideContext, Outcome } from '@commerce/event-log/extension';
import type { ExtensionDefinition } from './extension.ts';
import { withOutbox } from './outbox.ts';
import type { SendContext } from './signal.ts';

/** Collects what is sent, for one statement with the rows of the extension. */
export function collectSent<Result>(
  definition: ExtensionDefinition, context: Omit<DecideContext, 'other'>, decide: (context: SendContext) => Result,
): { readonly result: Result; readonly events: readonly NewEvent[] } {
  return withOutbox(definition, (outbox) => decide({ ...context, other: noOther, outbox }));
}

/** A decision outside of a handler (a command, a comparison) as the log takes it: what it sends is appended with what it changes. */
export function inputDecision<State>(
  definition: ExtensionDefinition, decide: (state: State | undefined, context: SendContext) => Outcome<State>,
): (state: State | undefined, context: DecideContext) => Outcome<State> {
  return (state, context) => {
    const { result, events } = withOutbox(definition, (outbox) => decide(state, { ...context, outbox }));
    return result.kind === 'apply' ? { ...result, events } : result;
  };
}

function noOther(subject: string): never {
  throw new Error(`The state of ${subject} is not loaded where something is taken in.`);
}
