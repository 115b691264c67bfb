/** What customers are told. No address stands in an event: it is looked up when the message is sent. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { EXAMPLE_ORDER_ID, id, reason } from './parts.ts';

/** `about`: the order or cart that it is about, and the subject of the event. */
const notification = { notificationId: id, about: id, customerId: id, channel: z.enum(['email']), template: z.enum(['order_shipped', 'order_cancelled', 'order_refunded', 'cart_abandoned']) };
const example = { notificationId: '0193a6a0-9000-7abc-9def-0123456789ab', about: EXAMPLE_ORDER_ID, customerId: 'VINET', channel: 'email' as const, template: 'order_shipped' as const };

export const NotificationSent = defineEvent({
  type: 'NotificationSent', constant: 'NOTIFICATION_SENT', otherNames: ['ORDER_CONFIRMATION_SENT', 'EMAIL_SENT'], webhook: 'notification.sent', topic: 'notification-events',
  description: 'A message was handed over to the mail server.',
  versions: { v1: z.strictObject(notification) },
  subject: (data) => data.about,
  example,
});

export const NotificationFailed = defineEvent({
  type: 'NotificationFailed', constant: 'NOTIFICATION_FAILED', webhook: 'notification.failed', topic: 'notification-events',
  description: 'A message could not be sent after the last try, or there is no address for it; what it is about goes on.',
  versions: { v1: z.strictObject({ ...notification, reason }) },
  subject: (data) => data.about,
  example: { ...example, reason: { code: 'no_address' } },
});

export const NOTIFICATION_ENTRIES = [NotificationSent, NotificationFailed] as const;
