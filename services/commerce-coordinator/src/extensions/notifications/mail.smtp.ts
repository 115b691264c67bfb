/**
 * E-mails by SMTP. Promise: every wait is bounded; what a server refuses for good is told apart from what may succeed later.
 * Refuses: to send a password without TLS, and servers whose certificate does not fit.
 */
import type { ConnectionOptions } from 'node:tls';
import { Refused, RetryLater } from '@commerce/event-log/extension';
import { createTransport } from 'nodemailer';
import { composed } from './mailer.ts';
import type { Mailer } from './mailer.ts';

export interface SmtpOptions {
  /** `smtp://` (STARTTLS when the server offers it, and always with a user) or `smtps://`, with user and password where they are needed. */
  readonly url: string;
  /** Address of the sender. */
  readonly from: string;
  /** For certificates of an own authority. */
  readonly tls?: ConnectionOptions;
  /** For each step of a dialogue. Default 3,000. */
  readonly timeoutMs?: number;
}

const CONNECTIONS = 4;
const DEFAULT_TIMEOUT_MS = 3_000;

/** Throws for a URL that is none. */
export function smtpMailer({ url, from, tls = {}, timeoutMs = DEFAULT_TIMEOUT_MS }: SmtpOptions): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    pool: true, maxConnections: CONNECTIONS, maxRequeues: 0, idleTimeout: 30_000,
    host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure, requireTLS: !secure && username !== '', tls: { minVersion: 'TLSv1.2', ...tls },
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs,
  });
  return {
    async send(mail, signal) {
      await transport.sendMail({ ...composed(mail, from), signal }).catch((error: unknown) => {
        throw verdict(error);
      });
    },
    close: () => transport.close(),
  };
}

/** Of a 5xx these say that we must log in, not that the message is refused. */
const ABOUT_US = new Set([530, 534, 535, 538]);
const OUT_OF_STEP = 503;

/** What a failure means. The server's own words may name the address, so they are left out. */
function verdict(error: unknown): Error {
  const { code = 'unknown', command, responseCode, response } = error as { code?: string; command?: string; responseCode?: number; response?: string };
  const aboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (aboutMessage && responseCode === undefined) return new Refused('address_invalid', 'No message can be made for this address.');
  if (aboutMessage && responseCode !== undefined && responseCode >= 500 && responseCode !== OUT_OF_STEP && !ABOUT_US.has(responseCode)) {
    const detail = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3}) /.exec(response ?? '')?.[1];
    return new Refused(`smtp_${responseCode}`, `The mail server refused the message with ${responseCode}${detail === undefined ? '' : ` ${detail}`}.`);
  }
  const sent = command !== 'CONN' && !['EDNS', 'EAUTH', 'ETLS', 'EENVELOPE'].includes(code);
  return new RetryLater(`The mail server did not take the message (${code}${responseCode === undefined ? '' : ` ${responseCode}`}).`, { sent });
}
