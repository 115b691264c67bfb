/**
 * The one way in which an act of a person is recorded: who changed what, and why, in the transaction of the change.
 */
import { AuditRecorded } from '@commerce/events/entries';
import { defineSignal } from '@commerce/signals/signal';
import type { SendContext } from '@commerce/signals/signal';

/** Declared by orders, and sent by every extension that lets people act. */
export const auditRecorded = defineSignal(AuditRecorded, { unheard: 'It is kept, and read by people.', shared: true });

export interface Act {
  /** `order.cancel`. */
  readonly act: string;
  /** Id of what was changed. */
  readonly about: string;
  readonly by: { readonly subject: string; readonly clientId: string };
  readonly why: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const MAX_SUBJECT = 200;
const MAX_WHY = 2_000;

/** Sends AuditRecorded with the decision. */
export function audit({ act, about, by, why, details }: Act, context: SendContext): void {
  auditRecorded.sendRobust({
    act, about, by: { subject: by.subject.slice(0, MAX_SUBJECT).toWellFormed(), clientId: by.clientId }, why: why.slice(0, MAX_WHY).toWellFormed(),
    ...(details !== undefined && { details: { ...details } }),
  }, context);
}
