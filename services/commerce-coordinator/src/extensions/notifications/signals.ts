/** What notifications tell. */
import { NotificationFailed, NotificationSent } from '@commerce/events/entries/notifications';
import { defineSignal } from '@commerce/signals/signal';

const unheard = { unheard: 'What a message is about goes on, whether the message arrives or not.' };
export const notificationSent = defineSignal(NotificationSent, unheard);
export const notificationFailed = defineSignal(NotificationFailed, unheard);

export const NOTIFICATION_SIGNALS = [notificationSent, notificationFailed];
