/**
 * Notifications: tells customers by e-mail what became of their orders and carts.
 */
import { OrderCancelled, OrderRefunded, OrderShipped } from '@commerce/events/entries';
import { PaymentRefunded } from '@commerce/events/entries/payments';
import { CartAbandoned } from '@commerce/events/entries/carts';
import { UserDeactivated, UserRegistered, UserUpdated } from '@commerce/events/entries/catalog';
import type { RetryPolicy } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { text, url } from '@commerce/service-kit/config';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import type { Offered } from '../../offered.ts';
import { contactSubject, follow } from './contact.ts';
import type { Contact } from './contact.ts';
import { smtpMailer } from './mail.smtp.ts';
import type { Mailer } from './mailer.ts';
import { NOTIFICATIONS_MIGRATION } from './migrations/0001-notifications.ts';
import { deliver, settle } from './notify.ts';
import type { Correspondence, Notifying } from './notify.ts';
import { contactReader, notificationsStore, readToldOrder } from './notifications.pg.ts';
import type { NotificationsRow } from './notifications.pg.ts';
import { outboxMailer } from './outbox.file.ts';
import { NOTIFICATION_SIGNALS } from './signals.ts';

export interface NotificationsResources {
  readonly log: EventLog;
  readonly notifications: {
    /** From `openMailer`; whoever opens it closes it. */
    readonly mailer: Mailer;
    /** Tries of one message. Default 20: about two hours. */
    readonly attempts?: number;
  };
}

const ATTEMPTS = 20;
/** The engine never gives up before the handler does, which then tells the failure. */
const RETRY: Partial<RetryPolicy> = { baseMs: 1_000, maxMs: 1_800_000, maxAttempts: 1_000 };

const { transactional, effect } = handlersOf<NotificationsRow, Notifying>();

export const notifications = defineExtension({
  name: 'notifications',
  description: 'Tells customers by e-mail what became of their orders and carts.',
  source: 'notification-service',
  needs: ['orders', 'payments', 'catalog'],
  configuration: {
    smtpUrl: url('SMTP_URL', {
      meaning: 'Mail server, with user and password where they are needed: smtp:// takes up TLS when the server offers it, and always with a user. Without it e-mails go into OUTBOX_DIR.',
      protocols: ['smtp', 'smtps'], secret: true, optional: true,
    }),
    outboxDir: text('OUTBOX_DIR', { meaning: 'Folder for e-mails as .eml files, when there is no SMTP_URL.', default: '.data/outbox' }),
    mailFrom: text('MAIL_FROM', { meaning: 'Sender of e-mails to customers: an address, or a name with the address in <>.', default: 'orders@commerce.example' }),
  },
  signals: NOTIFICATION_SIGNALS,
  store: notificationsStore,
  migrations: [NOTIFICATIONS_MIGRATION],
  tables: ['notification_contacts', 'notifications'],
  provide: ({ config, onStop }: Pick<Offered<MailSettings>, 'config' | 'onStop'>): NotificationsResources['notifications'] => {
    const mailer = openMailer(config);
    onStop(() => mailer.close());
    return { mailer };
  },
  open: ({ log, notifications: { mailer, attempts = ATTEMPTS } }: NotificationsResources): Notifying => ({ mailer, attempts, contactOf: contactReader(log.pool), orderOf: (orderId) => readToldOrder(log.pool, orderId) }),
  handlers: {
    'notifications.contact': transactional([UserRegistered, UserUpdated, UserDeactivated], (state, event, context) => {
      const subject = contactSubject(event.data.userId);
      const followed = follow(context.other(subject) as Contact | undefined, event);
      // A user has no row under its bare id: that could be the id of an order.
      return followed.kind === 'stale' ? followed : apply<NotificationsRow>(state as NotificationsRow, [], new Map([[subject, followed]]));
    }, { also: ({ data }) => [contactSubject(data.userId)] }),

    'notifications.send': effect([OrderShipped, OrderCancelled, OrderRefunded, PaymentRefunded, CartAbandoned], {
      idempotency: 'The Message-ID and the name of the file are made of the id of the event: a file is not written again, and mailboxes show a repeated message once.',
      run: (job, own) => deliver(job as Parameters<typeof deliver>[0], own),
      settle: (state, delivery, event, context) => settle(state as Correspondence | undefined, delivery, event as Parameters<typeof settle>[2], context),
      // Two messages about one order do not wait for each other.
      ordered: false,
      retry: RETRY,
    }),
  },
});

const SENDER = /^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/;

interface MailSettings {
  readonly smtpUrl: string | undefined;
  readonly outboxDir: string;
  readonly mailFrom: string;
}

/** The mail server when there is one, else the folder. Throws for a sender that is no address. */
export function openMailer({ smtpUrl, outboxDir, mailFrom: from }: MailSettings): Mailer {
  if (!SENDER.test(from)) throw new Error('MAIL_FROM must be an address, or a name with the address in <>.');
  return smtpUrl === undefined ? outboxMailer({ folder: outboxDir, from }) : smtpMailer({ url: smtpUrl, from });
}
