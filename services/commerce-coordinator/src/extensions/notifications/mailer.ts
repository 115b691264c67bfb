/**
 * The port to whoever takes e-mails, and the form of an e-mail. The same e-mail is the same bytes each time: its id makes the
 * Message-ID and the boundaries, and its date is that of the event.
 */
import type { SendMailOptions } from 'nodemailer';

export interface Mail {
  readonly notificationId: string;
  readonly to: { readonly name: string | null; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface Mailer {
  /** Throws `Refused` when the message is refused for good, `RetryLater` otherwise; the messages of both name no address. */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
  /** Ends connections that are kept. */
  close(): void;
}

/** `from`: the address of the sender. */
export function composed({ notificationId, to, subject, text, html, date }: Mail, from: string): SendMailOptions {
  return {
    from, subject, text, html, date: new Date(date),
    to: to.name === null ? to.address : { name: to.name, address: to.address },
    messageId: `<${notificationId}@${from.replace(/^.*@|>$/g, '')}>`,
    baseBoundary: notificationId,
    headers: { 'Auto-Submitted': 'auto-generated' },
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
