/**
 * The one way in which an act of a person is recorded: who changed what, and why, in the transaction of the change.
 */
import type { Outcome } from '@commerce/event-log/extension';
import { AuditRecorded } from '@commerce/events/entries';
import { defineSignal } from '@commerce/signals/signal';
import type { SendContext } from '@commerce/signals/signal';
import { z } from 'zod';

/** Declared by orders, and sent by every extension that lets people act. */
export const auditRecorded = defineSignal(AuditRecorded, { unheard: 'It is kept, and read by people.', shared: true });

export interface Act {
  /** `order.cancel`. */
  readonly act: string;
  /** Id of what was changed. */
  readonly about: string;
  readonly by: { readonly subject: string; readonly clientId: string };
  /** Null when nobody said. */
  readonly why: GivenReason | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Why, as people give it: a short constant for programs, a sentence for people. */
export const reasonForm = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a short constant such as customer_changed_mind').meta({ example: 'customer_changed_mind' }),
  message: z.string().min(1).max(2_000).optional(),
});

export type GivenReason = z.infer<typeof reasonForm>;

const NOT_SAID = 'No reason was given.';
const MAX_SUBJECT = 200;
const MAX_WHY = 2_000;

/** Sends AuditRecorded with the decision. */
export function audit({ act, about, by, why, details }: Act, context: SendContext): void {
  auditRecorded.sendRobust({
    act, about, by: { subject: by.subject.slice(0, MAX_SUBJECT).toWellFormed(), clientId: by.clientId }, why: whyText(why),
    ...(details !== undefined && { details: { ...details } }),
  }, context);
}

/** The reason as one text: that for people when there is one. */
export function whyText(why: GivenReason | null): string {
  return why === null ? NOT_SAID : (why.message ?? why.code).slice(0, MAX_WHY).toWellFormed();
}

/** A decision whose change is recorded as an act. One that changes nothing, such as a repetition, is not. */
export function audited<State>(act: Act, decide: (state: State | undefined, context: SendContext) => Outcome<State>): (state: State | undefined, context: SendContext) => Outcome<State> {
  return (state, context) => {
    const outcome = decide(state, context);
    if (outcome.kind === 'apply' && outcome.state !== state) audit(act, context);
    return outcome;
  };
}
