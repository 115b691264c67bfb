/**
 * The rows of contacts and of what was told. A subject `contact:VINET` is a contact; any other one is the order or the cart that
 * messages are about.
 */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import { readTogether } from '../../read-together.ts';
import type { Contact } from './contact.ts';
import { contactSubject } from './contact.ts';
import type { ToldOrder } from './letters.ts';
import type { Correspondence, Notification } from './notify.ts';

export type NotificationsRow = Contact | Correspondence;

const CONTACT = 'customer_id, email, name, is_active, version';
const PREFIX = contactSubject('');

export const notificationsStore: StateStore<NotificationsRow> = {
  async load(tx, subjects) {
    const customers = subjects.filter((subject) => subject.startsWith(PREFIX)).map((subject) => subject.slice(PREFIX.length));
    const [contacts, told] = await Promise.all([
      rowsOf(tx, `SELECT ${CONTACT} FROM notification_contacts WHERE customer_id = ANY ($1::text[])`, customers),
      rowsOf(tx, 'SELECT about, notification_id, customer_id, template, status, reason FROM notifications WHERE about = ANY ($1::text[]) ORDER BY about, place', subjects.filter((subject) => !subject.startsWith(PREFIX))),
    ]);
    const byAbout = Map.groupBy(told, (row): string => row['about']);
    return new Map<string, NotificationsRow>([
      ...contacts.map((row): [string, Contact] => [contactSubject(row['customer_id']), contactOf(row)]),
      ...[...byAbout].map(([about, rows]): [string, Correspondence] => [about, { kind: 'correspondence', about, notifications: rows.map(notificationOf) }]),
    ]);
  },

  async save(tx, changes) {
    const contacts = changes.map(({ after }) => after).filter((after) => after.kind === 'contact');
    const told = changes.flatMap(({ before, after }) => (after.kind === 'correspondence' ? added(before, after) : []));
    await Promise.all([saveContacts(tx, contacts), saveTold(tx, told)]);
  },
  isSentAtOnce: true,
};

interface Added extends Notification {
  readonly about: string;
  /** Among what was told about it, from 1. */
  readonly place: number;
}

function added(before: NotificationsRow | undefined, { about, notifications }: Correspondence): Added[] {
  const known = before?.kind === 'correspondence' ? before.notifications.length : 0;
  return notifications.slice(known).map((one, index) => ({ ...one, about, place: known + index + 1 }));
}

async function saveContacts(tx: Tx, contacts: readonly Contact[]): Promise<void> {
  if (contacts.length === 0) return;
  await run(tx,
    `INSERT INTO notification_contacts (${CONTACT}) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::integer[])
     ON CONFLICT (customer_id) DO UPDATE SET email = excluded.email, name = excluded.name, is_active = excluded.is_active, version = excluded.version`,
    [
      contacts.map(({ customerId }) => customerId), contacts.map(({ email }) => email), contacts.map(({ name }) => name), contacts.map(({ isActive }) => isActive),
      contacts.map(({ version }) => version),
    ],
  );
}

async function saveTold(tx: Tx, told: readonly Added[]): Promise<void> {
  if (told.length === 0) return;
  await run(tx,
    `INSERT INTO notifications (notification_id, about, place, customer_id, template, status, reason)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::jsonb[])`,
    [
      told.map(({ notificationId }) => notificationId), told.map(({ about }) => about), told.map(({ place }) => place), told.map(({ customerId }) => customerId),
      told.map(({ template }) => template), told.map(({ status }) => status), told.map(({ reason }) => (reason === null ? null : JSON.stringify(reason))),
    ],
  );
}

/** Undefined when there is no such order. */
export async function readToldOrder(pool: Pool, orderId: string): Promise<ToldOrder | undefined> {
  const { rows } = await run(pool, 'SELECT order_number, customer_id, lines FROM orders WHERE order_id = $1', [orderId]);
  return rows.map((row): ToldOrder => ({ orderNumber: Number(row['order_number']), customerId: row['customer_id'], lines: row['lines'] }))[0];
}

/** Reads what is known of a customer, if anything is. */
export function contactReader(pool: Pool): (customerId: string) => Promise<Contact | undefined> {
  return readTogether(async (customerIds) => {
    const { rows } = await run(pool, `SELECT ${CONTACT} FROM notification_contacts WHERE customer_id = ANY ($1::text[])`, [customerIds]);
    return new Map(rows.map((row): [string, Contact] => [row['customer_id'], contactOf(row)]));
  });
}

function contactOf(row: QueryResultRow): Contact {
  return { kind: 'contact', customerId: row['customer_id'], email: row['email'], name: row['name'], isActive: row['is_active'], version: row['version'] };
}

function notificationOf(row: QueryResultRow): Notification {
  return { notificationId: row['notification_id'], customerId: row['customer_id'], template: row['template'], status: row['status'], reason: row['reason'] };
}

async function rowsOf(tx: Tx, text: string, ids: readonly string[]): Promise<QueryResultRow[]> {
  return ids.length === 0 ? [] : (await run(tx, text, [ids])).rows;
}
