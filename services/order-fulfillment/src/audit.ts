/**
 * The one way in which an administrative act is recorded: who changed what, and why, in the transaction of the change.
 * Promise: the record is there exactly when the change is. It stays in this service's log: the bus is read by clients.
 * Refuses: nothing of its own; who calls it gives no secret into the details.
 */
import type { NewEvent, Trigger } from '@commerce/event-log/event';
import type { Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import type { DataOf } from '@commerce/events/catalogue';
import { AuditRecorded } from '@commerce/events/entries';
import { z } from 'zod';
import { SOURCE } from './fulfillments/events.ts';
import { reasonSchema } from './fulfillments/request.ts';

export type GivenReason = z.output<typeof reasonSchema>;

/** What is done to whom. */
export interface Act {
  /** `client.add`. */
  readonly act: string;
  /** Id of what was changed. */
  readonly about: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Who does it, why, and in which request. */
export interface Doing {
  readonly by: { readonly subject: string; readonly clientId: string };
  /** Null when nobody said. */
  readonly why: GivenReason | null;
  readonly trigger: Trigger;
}

const WHY = 'Why, for the record of who changed what.';
/** The member of a body. */
export const why = { reason: reasonSchema.optional().meta({ description: WHY }) };
/** The same in the query of a request that has no body. */
export const whyQuery = z
  .strictObject({
    reason: reasonSchema.shape.code.optional().meta({ description: WHY }),
    // In an address, where a letter may take twelve characters.
    message: z.string().max(200).regex(/^[^\0]*$/, 'must not contain a NUL character').optional().meta({ description: 'The reason in words.' }),
  })
  .refine(({ reason, message }) => reason !== undefined || message === undefined, { path: ['reason'], message: 'must stand beside a message' });

const NOT_SAID = 'No reason was given.';
const MAX_ID = 200;

/** Records an act; the transaction must hold the lock under which its subject changes. Wake the readers after the commit. */
export function audit(log: EventLog, tx: Tx, act: Act, doing: Doing): Promise<void> {
  return log.append(tx, [log.prepare(recordOf(act, doing), SOURCE, doing.trigger)]);
}

/** The record of an act, for a decision that writes its events itself. */
export function recordOf({ act, about, details }: Act, { by, why: reason }: Pick<Doing, 'by' | 'why'>): NewEvent {
  const data: DataOf<typeof AuditRecorded> = {
    act, about, by: { subject: stored(by.subject), clientId: stored(by.clientId) }, why: whyText(reason), ...(details !== undefined && { details: { ...details } }),
  };
  return { type: AuditRecorded.type, data };
}

/** The reason that a query names. */
export function whyOf({ reason, message }: z.output<typeof whyQuery>): GivenReason | null {
  return reason === undefined ? null : { code: reason, message };
}

/** The reason as one text: that for people when there is one. */
function whyText(reason: GivenReason | null): string {
  if (reason === null) return NOT_SAID;
  return reason.message === undefined || reason.message === '' ? reason.code : reason.message;
}

function stored(text: string): string {
  return text.slice(0, MAX_ID).toWellFormed();
}
