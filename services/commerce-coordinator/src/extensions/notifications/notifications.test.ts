/** E-mails of a real log to a real mail server, and into a folder. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PaymentRefunded } from '@commerce/events/entries/payments';
import { defineSignalMap } from '@commerce/signals/map';
import { startTestExtensions } from '../../test-extensions.ts';
import type { TestExtensions } from '../../test-extensions.ts';
import { notifications, openMailer } from './extension.ts';
import { smtpMailer } from './mail.smtp.ts';
import type { Mail, Mailer } from './mailer.ts';
import { notificationIdOf } from './notify.ts';
import { outboxMailer } from './outbox.file.ts';
import { startMailServer } from './test-mail-server.ts';
import type { Fate, MailServer } from './test-mail-server.ts';

const ATTEMPTS = 3;
const FROM = 'Northwind <orders@northwind.example>';
let server: MailServer;
let mailer: Mailer;
let cc: TestExtensions;
let folder: string;
let orders = 0;

const retry = { baseMs: 5, maxMs: 10 };
const send = { handler: 'notifications.send', retry } as const;
const map = defineSignalMap([notifications], {
  UserRegistered: ['notifications.contact'], UserUpdated: ['notifications.contact'], UserDeactivated: ['notifications.contact'],
  OrderShipped: [send], OrderCancelled: [send], OrderRefunded: [send], PaymentRefunded: [send], CartAbandoned: [send],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outbox-'));
  server = await startMailServer();
  mailer = smtpMailer({ url: `smtp://127.0.0.1:${server.port}`, from: FROM, timeoutMs: 1_000, tls: { rejectUnauthorized: false } });
  cc = await startTestExtensions({ definitions: [notifications], map, entries: [PaymentRefunded], resources: () => ({ notifications: { mailer, attempts: ATTEMPTS } }) });
});
afterAll(async () => {
  await cc?.stop();
  mailer?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function register(userId: string, profile: object = { email: `${userId}@customers.example`, name: userId }): Promise<void> {
  await cc.send('UserRegistered', { userId, ...profile });
  await known(userId);
}

async function known(userId: string, condition = 'true'): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const { rows } = await cc.pool.query(`SELECT 1 FROM notification_contacts WHERE customer_id = $1 AND ${condition}`, [userId]);
    if (rows.length > 0) return;
    await delay(10);
  }
  throw new Error(`${userId} did not become known.`);
}

/** A shipped order of this customer; gives its id and that of its event. */
async function ship(customerId: string): Promise<{ orderId: string; eventId: string }> {
  const orderId = `order-${(orders += 1)}`;
  const eventId = await cc.send('OrderShipped', { orderId, orderNumber: orders, customerId, method: 'parcel', parcels: [{ carrier: 'Northwind Post', trackingNumber: 'NP0000012', lineIds: ['1'] }] });
  return { orderId, eventId };
}

/** With the lines of quoted-printable put together again. */
const unfolded = (message: string | undefined): string | undefined => message?.replaceAll('=\r\n', '');
const takenBy = (address: string): string[] => server.taken.filter((message) => message.includes(`<${address}>`) || message.includes(`To: ${address}`));
const statuses = async (about: string) => (await cc.pool.query('SELECT template, status, reason FROM notifications WHERE about = $1', [about])).rows;

describe('a customer', () => {
  test('gets one e-mail about each thing, with text and HTML, and it is told that it was sent', async () => {
    await register('VINET');
    const { orderId, eventId } = await ship('VINET');
    const about = { orderId, orderNumber: 7, customerId: 'VINET' };
    await cc.send('OrderCancelled', { ...about, reason: { code: 'no_stock' } });
    await cc.send('OrderRefunded', { ...about, amount: '200.38', currency: 'USD', reason: { code: 'asked' } });
    await cc.send('CartAbandoned', { cartId: 'cart-1', customerId: 'VINET', items: [{ sku: 'NW-11', name: 'Queso <Cabrales>', quantity: 2, unitPrice: '21.00' }] });
    await cc.told('cart-1', 'NotificationSent');
    for (let tries = 0; tries < 300 && (await statuses(orderId)).length < 3; tries += 1) await delay(10);
    expect((await statuses(orderId)).map(({ template, status }) => `${template} ${status}`).sort()).toEqual(['order_cancelled sent', 'order_refunded sent', 'order_shipped sent']);

    const notificationId = notificationIdOf({ eventId });
    const events = (await cc.log.history(orderId)).filter(({ type }) => type === 'NotificationSent');
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(events.find(({ data }) => (data as any).template === 'order_shipped')).toMatchObject({ causationId: eventId, data: { notificationId, about: orderId, customerId: 'VINET', channel: 'email' } });
    const mails = takenBy('VINET@customers.example');
    expect(mails).toHaveLength(4);
    const shipped = mails.find((message) => message.includes(`Message-ID: <${notificationId}@northwind.example>`));
    expect(shipped).toMatch(/^From: Northwind <orders@northwind\.example>\r$/m);
    expect(shipped).toMatch(/^To: VINET <VINET@customers\.example>\r$/m);
    expect(shipped).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(unfolded(shipped)).toMatch(/multipart\/alternative[\s\S]*text\/plain[\s\S]*Dear VINET,[\s\S]*text\/html[\s\S]*<li>Northwind Post, tracking number NP0000012<\/li>/);
    expect(unfolded(mails.find((message) => message.includes('in your cart')))).toContain('&#60;Cabrales&#62;');
  });

  test('who gets a part of the money back is told so, once for each part; the rest goes with the end of the order', async () => {
    await register('PARTLY');
    await cc.pool.query('CREATE TABLE orders (order_id text, order_number bigint, customer_id text, lines jsonb)');
    await cc.pool.query('INSERT INTO orders VALUES ($1, 7, $2, $3)', ['partly', 'PARTLY', JSON.stringify([{ lineId: '1', sku: 'NW-11', quantity: 2 }, { lineId: '2', sku: 'NW-42', quantity: 1 }])]);
    const refund = { orderId: 'partly', paymentId: 'p', currency: 'USD', provider: 'standard', charged: '10.00', reason: { code: 'out_of_stock' } };
    await cc.send('PaymentRefunded', { ...refund, refundId: 'r2', amount: '6.00', refunded: '10.00', lineIds: ['2'] });
    await cc.send('PaymentRefunded', { ...refund, refundId: 'r1', amount: '4.00', refunded: '4.00', lineIds: ['1'] });
    await cc.told('partly', 'NotificationSent');
    await cc.send('PaymentRefunded', { ...refund, orderId: 'unknown', refundId: 'r1', amount: '4.00', refunded: '4.00' });
    for (let tries = 0; tries < 300 && (await cc.log.ignored('unknown')).length === 0; tries += 1) await delay(10);
    for (let tries = 0; tries < 300 && (await cc.pool.query('SELECT 1 FROM work')).rows.length > 0; tries += 1) await delay(10);
    expect([await cc.types('partly'), await cc.log.ignored('partly')]).toEqual([['PaymentRefunded', 'PaymentRefunded', 'NotificationSent'], []]);
    expect((await cc.log.ignored('unknown')).map(({ rule }) => rule)).toEqual(['unknown_order']);
    const mails = takenBy('PARTLY@customers.example').map(unfolded);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/4\.00 USD for your order 7\. You do not pay for these any more:[\s\S]*- 2 =C3=97 NW-11/);
  });

  test('is written to at the address that holds now', async () => {
    await register('MOVED');
    await cc.send('UserUpdated', { userId: 'MOVED', email: 'new@customers.example' });
    await known('MOVED', "email = 'new@customers.example'");
    const { orderId } = await ship('MOVED');
    await cc.told(orderId, 'NotificationSent');
    expect([takenBy('new@customers.example').length, takenBy('MOVED@customers.example').length]).toEqual([1, 0]);
  });

  test('without an address is not written to, and that is told', async () => {
    await register('SILENT', { name: 'Silent' });
    const reasons = [];
    for (const customerId of ['SILENT', 'NOBODY']) {
      const { orderId } = await ship(customerId);
      reasons.push(((await cc.told(orderId, 'NotificationFailed')).data as any).reason.code);
    }
    expect(reasons).toEqual(['no_address', 'no_address']);
  });

  test('who is deactivated is told nothing, and the ledger says so', async () => {
    await register('GONE');
    await cc.send('UserDeactivated', { userId: 'GONE' });
    await known('GONE', 'NOT is_active AND email IS NULL');
    const { orderId } = await ship('GONE');
    for (let tries = 0; tries < 300 && (await cc.log.ignored(orderId)).length === 0; tries += 1) await delay(10);
    expect(await cc.log.ignored(orderId)).toMatchObject([{ handler: 'notifications.send', rule: 'customer_deactivated', evidence: { customerId: 'GONE', template: 'order_shipped' } }]);
    expect([await cc.types(orderId), takenBy('GONE@customers.example')]).toEqual([['OrderShipped'], []]);
  });
});

describe('a mail server', () => {
  async function fare(name: string, ...fates: Fate[]): Promise<{ orderId: string; asked: number; mails: string[]; end: any }> {
    await register(name);
    server.fates.push(...fates);
    const { orderId } = await ship(name);
    for (let tries = 0; tries < 500 && (await statuses(orderId)).length === 0; tries += 1) await delay(10);
    server.fates.splice(0);
    const end = (await cc.log.history(orderId)).find(({ type }) => type.startsWith('Notification'));
    return { orderId, asked: server.recipients.filter((address) => address.startsWith(name)).length, mails: takenBy(`${name}@customers.example`), end };
  }

  test('whose answer is lost gets the very same message again, and it is told once', async () => {
    const { orderId, mails } = await fare('LOST', 'lost');
    expect(mails).toHaveLength(2);
    expect(mails[1]).toBe(mails[0]);
    expect(await cc.types(orderId)).toEqual(['OrderShipped', 'NotificationSent']);
  });

  test('that refuses for good is not asked again; the failure is told without the address', async () => {
    const { asked, end } = await fare('REFUSED', 550);
    expect(asked).toBe(1);
    expect(end).toMatchObject({ type: 'NotificationFailed', data: { template: 'order_shipped', reason: { code: 'smtp_550', message: 'The mail server refused the message with 550 5.1.1.' } } });
  });

  test('that says later is asked again', async () => {
    const { asked, end } = await fare('LATER', 451, 421);
    expect([asked, end.type]).toEqual([3, 'NotificationSent']);
  });

  test('that is not able is given up after the last try', async () => {
    const { asked, end } = await fare('NEVER', 451, 451, 451, 451);
    expect(asked).toBe(ATTEMPTS);
    expect(end).toMatchObject({ type: 'NotificationFailed', data: { reason: { code: 'not_deliverable', message: 'Not sent after 3 tries. The mail server did not take the message (EENVELOPE 451).' } } });
    expect((await cc.pool.query('SELECT 1 FROM work')).rows).toEqual([]);
  });
});

const mail: Mail = { notificationId: '0193a6a0-9000-5abc-9def-0123456789ab', to: { name: 'Päul "P"', address: 'paul@vinet.example' }, subject: 'Grüße', text: 'Text\n', html: '<p>HTML</p>', date: '2026-01-01T00:00:00.000Z' };

describe('the way to a mail server', () => {
  const attempt = async (url: string, options: object = {}): Promise<any> => {
    const own = smtpMailer({ url, from: FROM, timeoutMs: 1_000, ...options });
    const began = performance.now();
    const end = await own.send(mail, AbortSignal.timeout(5_000)).then(() => ({ name: 'sent' }), (error: unknown) => error);
    own.close();
    expect(performance.now() - began).toBeLessThan(2_000);
    return end;
  };

  test('carries the password over TLS only', async () => {
    const plain = await startMailServer({ hideSTARTTLS: true, allowInsecureAuth: true });
    expect(await attempt(`smtp://cc:right@127.0.0.1:${plain.port}`)).toMatchObject({ name: 'RetryLater' });
    expect([plain.passwords, plain.taken]).toEqual([[], []]);
    await plain.stop();
    const tls = await startMailServer({ authOptional: false });
    expect(await attempt(`smtp://cc:right@127.0.0.1:${tls.port}`, { tls: { rejectUnauthorized: false } })).toMatchObject({ name: 'sent' });
    expect([tls.passwords, tls.taken.length]).toEqual([[{ password: 'right', secure: true }], 1]);
    await tls.stop();
  });

  test('is not trusted with a certificate that nobody vouches for', async () => {
    const secure = await startMailServer({ secure: true });
    expect(await attempt(`smtps://127.0.0.1:${secure.port}`)).toMatchObject({ name: 'RetryLater' });
    expect(secure.taken).toEqual([]);
    await secure.stop();
  });

  test('with a wrong password is a fault of ours: the message is not given up for it', async () => {
    const tls = await startMailServer({ authOptional: false });
    const end = await attempt(`smtp://cc:wrong@127.0.0.1:${tls.port}`, { tls: { rejectUnauthorized: false } });
    expect([end.name, end.sent, end.message]).toEqual(['RetryLater', false, 'The mail server did not take the message (EAUTH 535).']);
    expect(await attempt(`smtp://127.0.0.1:${tls.port}`, { tls: { rejectUnauthorized: false } })).toMatchObject({ name: 'RetryLater', message: 'The mail server did not take the message (EENVELOPE 530).' });
    await tls.stop();
  });

  test('ends in time where nobody answers, and where nobody is', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    expect(await attempt(`smtp://127.0.0.1:${port}`)).toMatchObject({ name: 'RetryLater' });
    await new Promise((resolve) => void mute.close(resolve));
    expect(await attempt(`smtp://127.0.0.1:${port}`)).toMatchObject({ name: 'RetryLater', sent: false });
  });

  test('is left when the time of the run is over', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
    const slow = smtpMailer({ url: `smtp://127.0.0.1:${(mute.address() as AddressInfo).port}`, from: FROM, timeoutMs: 60_000 });
    await expect(slow.send(mail, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'RetryLater' });
    slow.close();
    await new Promise((resolve) => void mute.close(resolve));
  });

  test('needs a sender that is an address', () => {
    expect(() => openMailer({ smtpUrl: undefined, outboxDir: folder, mailFrom: 'nobody' })).toThrow('MAIL_FROM');
  });
});

describe('the outbox folder', () => {
  test('has one file per notification, and a second run changes nothing', async () => {
    const outboxDir = join(folder, 'made', 'here');
    const outbox = openMailer({ smtpUrl: undefined, outboxDir, mailFrom: FROM });
    await outbox.send(mail, AbortSignal.timeout(1_000));
    const path = join(outboxDir, `${mail.notificationId}.eml`);
    const seen = async () => {
      const { ino, mode, mtimeNs } = await stat(path, { bigint: true });
      return { ino, mode, mtimeNs, content: await readFile(path, 'utf8') };
    };
    const first = await seen();
    const { content } = first;
    expect([Number(first.mode) & 0o777, await readdir(outboxDir)]).toEqual([0o600, [`${mail.notificationId}.eml`]]);
    expect(content).toMatch(/^Date: Thu, 01 Jan 2026 00:00:00 \+0000\r$/m);
    expect(content).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=');
    await outbox.send({ ...mail, to: { name: null, address: 'other@vinet.example' } }, AbortSignal.timeout(1_000));
    expect(await seen()).toEqual(first);
    await rm(path);
    await outbox.send(mail, AbortSignal.timeout(1_000));
    expect(await readFile(path, 'utf8')).toBe(content);
    outbox.close();
  });

  test('that cannot be written is a failure that is tried again', async () => {
    await expect(outboxMailer({ folder: '/dev/null/outbox', from: FROM }).send(mail, AbortSignal.timeout(1_000))).rejects.toThrow('ENOTDIR');
  });
});
