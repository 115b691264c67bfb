/**
 * The effect: one e-mail per event that is told, and what its end means.
 *
 * Promise: what a message is about never waits for it. A customer who is deactivated is told nothing; without an address, after
 * a definite refusal and after the last try the failure is told instead. That all of the money of an order is given back is told
 * with the end of the order, and not here.
 */
import { Refused } from '@commerce/event-log/extension';
import type { EffectJob, Outcome } from '@commerce/event-log/extension';
import { apply, stale } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { nameUuid } from '../../name-uuid.ts';
import type { Contact } from './contact.ts';
import { minorUnits } from '../../money.ts';
import { letterOf, TEMPLATES } from './letters.ts';
import type { Template, Told, ToldOrder } from './letters.ts';
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
  /** Undefined when there is no such order. */
  readonly orderOf: (orderId: string) => Promise<ToldOrder | undefined>;
}

/** What the run came to. */
export type Delivery =
  | { readonly kind: 'sent' | 'customer_deactivated'; readonly customerId: string }
  | { readonly kind: 'failed'; readonly customerId: string; readonly reason: Reason }
  | { readonly kind: 'told_otherwise' }
  | { readonly kind: 'unknown_order' };

type Reason = NonNullable<Notification['reason']>;
/** As it is heard; what it does not say of the order is looked up. */
type Heard<One> = One extends { readonly order: ToldOrder } ? Omit<One, 'order'> : One;
type HeardEvent = { readonly eventId: string; readonly subject: string; readonly occurredAt: string } & Heard<Told>;

/** Sends. Throws for what may be sent later. */
export async function deliver({ event, attempt, signal }: Pick<EffectJob, 'attempt' | 'signal'> & { readonly event: HeardEvent }, { mailer, attempts, contactOf, orderOf }: Notifying): Promise<Delivery> {
  if (event.type === 'PaymentRefunded' && minorUnits(event.data.refunded) >= minorUnits(event.data.charged)) return { kind: 'told_otherwise' };
  const told = event.type === 'PaymentRefunded' ? await withOrder(event, orderOf) : event;
  if (told === undefined) return { kind: 'unknown_order' };
  const customerId = told.type === 'PaymentRefunded' ? told.order.customerId : told.data.customerId;
  const contact = await contactOf(customerId);
  if (contact?.isActive === false) return { kind: 'customer_deactivated', customerId };
  const failed = (code: string, message: string): Delivery => ({ kind: 'failed', customerId, reason: { code, message } });
  if (contact === undefined || contact.email === null) return failed('no_address', 'No e-mail address of the customer is known.');
  const mail = { ...letterOf(told, contact.name), notificationId: notificationIdOf(event), to: { name: contact.name, address: contact.email }, date: event.occurredAt };
  try {
    await mailer.send(mail, signal);
  } catch (error) {
    if (error instanceof Refused) return failed(error.code, error.message);
    if (attempt < attempts) throw error;
    return failed('not_deliverable', `Not sent after ${attempts} tries. ${error instanceof Error ? error.message : ''}`.trim());
  }
  return { kind: 'sent', customerId };
}

type Refund = Extract<Told, { readonly type: 'PaymentRefunded' }>;

async function withOrder<Event extends Heard<Refund>>(event: Event, orderOf: Notifying['orderOf']): Promise<(Event & Refund) | undefined> {
  const order = await orderOf(event.data.orderId);
  return order === undefined ? undefined : { ...event, order };
}

/** What a run means that came to an end: that it is told, or why nothing is. */
export function settle(before: Correspondence | undefined, delivery: Delivery, event: HeardEvent, context: SendContext): Outcome<Correspondence> {
  if (delivery.kind === 'told_otherwise') return apply(before as Correspondence);
  if (delivery.kind === 'unknown_order') return stale('unknown_order');
  const { customerId } = delivery;
  const template = TEMPLATES[event.type];
  if (delivery.kind === 'customer_deactivated') return stale('customer_deactivated', { customerId, template });
  const reason = delivery.kind === 'failed' ? delivery.reason : null;
  const { subject: about } = event;
  const notificationId = notificationIdOf(event);
  const earlier = before?.notifications ?? [];
  if (earlier.some((one) => one.notificationId === notificationId)) return stale('already_told', { notificationId });
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
