/**
 * The effect: one e-mail per event that is told, and what its end means.
 *
 * Promise: what a message is about never waits for it. A customer who is deactivated is told nothing; without an address, after
 * a definite refusal and after the last try the failure is told instead.
 */
import { Refused } from '@commerce/event-log/extension';
import type { EffectJob, Outcome } from '@commerce/event-log/extension';
import { apply, stale } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { nameUuid } from '../../name-uuid.ts';
import type { Contact } from './contact.ts';
import { letterOf, TEMPLATES } from './letters.ts';
import type { Template, Told } from './letters.ts';
import type { Mailer } from './mailer.ts';
import { notificationFailed, notificationSent } from './signals.ts';

export interface Notification {
  readonly notificationId: string;
  readonly customerId: string;
  readonly template: Template;
  readonly status: 'sent' | 'failed';
  readonly reason: { readonly code: string; readonly message?: string } | null;
}

/** What was told about one order or cart. */
export interface Correspondence {
  readonly kind: 'correspondence';
  readonly about: string;
  readonly notifications: readonly Notification[];
}

export interface Notifying {
  readonly mailer: Mailer;
  /** All tries, the first included. */
  readonly attempts: number;
  /** Undefined when nothing is known of the customer. */
  readonly contactOf: (customerId: string) => Promise<Contact | undefined>;
}

/** What the run came to, beside refusals. */
export type Delivery = 'sent' | 'customer_deactivated';

type ToldEvent = { readonly eventId: string; readonly subject: string; readonly occurredAt: string } & Told;

/** Sends. Throws `Refused` for what will not be sent, anything else for what may be later. */
export async function deliver(job: Pick<EffectJob, 'attempt' | 'signal'> & { readonly event: ToldEvent }, { mailer, attempts, contactOf }: Notifying): Promise<Delivery> {
  const { event, attempt, signal } = job;
  const contact = await contactOf(event.data.customerId);
  if (contact?.isActive === false) return 'customer_deactivated';
  if (contact === undefined || contact.email === null) throw new Refused('no_address', 'No e-mail address of the customer is known.');
  const mail = { ...letterOf(event, contact.name), notificationId: notificationIdOf(event), to: { name: contact.name, address: contact.email }, date: event.occurredAt };
  await mailer.send(mail, signal).catch((error: unknown) => {
    if (error instanceof Refused || attempt < attempts) throw error;
    throw new Refused('not_deliverable', `Not sent after ${attempts} tries. ${error instanceof Error ? error.message : ''}`.trim());
  });
  return 'sent';
}

/** What a run means that came to an end. */
export function settle(before: Correspondence | undefined, delivery: Delivery, event: ToldEvent, context: SendContext): Outcome<Correspondence> {
  const { customerId } = event.data;
  if (delivery === 'customer_deactivated') return stale('customer_deactivated', { customerId, template: TEMPLATES[event.type] });
  return record(before, event, null, context);
}

/** The message is not sent, and will not be. */
export function fail(before: Correspondence | undefined, { code, message }: Refused, event: ToldEvent, context: SendContext): Outcome<Correspondence> {
  return record(before, event, { code, message }, context);
}

function record(before: Correspondence | undefined, event: ToldEvent, reason: Notification['reason'], context: SendContext): Outcome<Correspondence> {
  const { subject: about, data: { customerId } } = event;
  const notificationId = notificationIdOf(event);
  const earlier = before?.notifications ?? [];
  if (earlier.some((one) => one.notificationId === notificationId)) return stale('already_told', { notificationId });
  const template = TEMPLATES[event.type];
  const told = { notificationId, about, customerId, channel: 'email' as const, template };
  const sequence = earlier.length + 1;
  if (reason === null) notificationSent.sendRobust(told, context, sequence);
  else notificationFailed.sendRobust({ ...told, reason }, context, sequence);
  return apply({ kind: 'correspondence', about, notifications: [...earlier, { notificationId, customerId, template, status: reason === null ? 'sent' : 'failed', reason }] });
}

/** One event, one message: the id of a message is made of the id of its event. */
export function notificationIdOf({ eventId }: { readonly eventId: string }): string {
  return nameUuid(`notification\n${eventId}`);
}
