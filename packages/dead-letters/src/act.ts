/** What a person does about dead letters, and how a service records it: in the transaction that writes the run. */
import type { DecideContext, Outcome } from '@commerce/event-log/extension';

/** Why, as people give it: a short constant for programs, a sentence for people. */
export interface GivenReason {
  readonly code: string;
  readonly message?: string | undefined;
}

export interface Act {
  /** `dead-letters.redrive`. */
  readonly act: string;
  /** Id of the run. */
  readonly about: string;
  readonly by: { readonly subject: string; readonly clientId: string };
  readonly why: GivenReason;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The state that is to be, and what is to be recorded with it; nothing for a repetition. */
export interface Decided<State> {
  readonly state: State;
  readonly act: Act | undefined;
}

/** How the service writes its events. */
export interface Recorder {
  /** `source` of its records. */
  readonly source: string;
  /** Makes of a decision what the log takes: the state, and the record of the act, or neither. What `decide` throws ends both. */
  readonly recorded: <State>(decide: (state: State | undefined) => Decided<State>) => (state: State | undefined, context: DecideContext) => Outcome<State>;
}

const MAX_WHY = 2_000;

/** The reason as one text: that for people when there is one. */
export function whyText({ code, message = '' }: GivenReason): string {
  return (message === '' ? code : message).slice(0, MAX_WHY).toWellFormed();
}
