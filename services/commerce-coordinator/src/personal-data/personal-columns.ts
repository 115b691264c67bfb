/**
 * Every column of this service's database that may hold something about a customer, and what an erasure makes of it. A test holds
 * the list against the database: a column that is in none of the lists of this room is refused.
 *
 * Not here: the ids of customers, orders and carts, which stay, for everything hangs together by them. An id that is an e-mail
 * address or a name would therefore stay too; who gives ids has to know.
 */

/** `$1`: the customer. `$2`: what is from later stays; infinity, unless the customer has come back since the erasure. */
export interface PersonalTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** What becomes of the columns, and of which rows. A table that is not there is left out; one that a rebuild has kept is erased too. */
  readonly erase: string;
}

/** SQL: when an id was made, by its UUIDv7; the beginning of time for any other. PostgreSQL 15 has no function for it. */
export function timeOfId(column: string): string {
  return `CASE WHEN substr(${column}::text, 15, 1) = '7' THEN to_timestamp(('x0000' || translate(left(${column}::text, 13), '-', ''))::bit(64)::bigint / 1000.0) ELSE '-infinity' END`;
}

const OF_ORDERS = 'SELECT order_id FROM orders WHERE customer_id = $1 AND created_at <= $2::timestamptz';
/** Of an event from then or before, whenever its row was written. */
const OF_THEN = `${timeOfId('event_id')} <= $2::timestamptz`;
/** A profile stays that was told under the new key: what came in before it has taken its place. */
const NO_NEW_PROFILE = "NOT EXISTS (SELECT FROM events WHERE subject = $1 AND type IN ('UserRegistered', 'UserUpdated') AND occurred_at > $2::timestamptz)";

export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    // The hash of the request: whoever guesses the address could prove it by this.
    table: 'orders', columns: ['ship_to', 'metadata', 'payment_method', 'request_hash'],
    erase: `UPDATE orders SET ship_to = NULL, metadata = NULL, payment_method = NULL, request_hash = '' WHERE customer_id = $1 AND created_at <= $2::timestamptz AND (closed_as IS NOT NULL OR $2::timestamptz = 'infinity')
      AND (ship_to IS NOT NULL OR metadata IS NOT NULL OR payment_method IS NOT NULL OR request_hash <> '')`,
  },
  { table: 'order_customers', columns: ['customer_name'], erase: `UPDATE order_customers SET customer_name = NULL WHERE customer_id = $1 AND customer_name IS NOT NULL AND ${NO_NEW_PROFILE}` },
  {
    table: 'catalog_users', columns: ['email', 'name', 'registered_as'],
    erase: `UPDATE catalog_users SET email = NULL, name = NULL, registered_as = '' WHERE user_id = $1 AND (email IS NOT NULL OR name IS NOT NULL OR registered_as <> '') AND ${NO_NEW_PROFILE}`,
  },
  { table: 'notification_contacts', columns: ['email', 'name'], erase: `UPDATE notification_contacts SET email = NULL, name = NULL WHERE customer_id = $1 AND (email IS NOT NULL OR name IS NOT NULL) AND ${NO_NEW_PROFILE}` },
  {
    // The form of a checkout goes with its end, and one that is under way refuses the erasure; its digest stays until then.
    table: 'carts', columns: ['checkout'],
    erase: "UPDATE carts SET checkout = checkout || '{\"asked\": \"\", \"form\": null}' WHERE customer_id = $1 AND checkout->>'asked' <> '' AND created_at <= $2::timestamptz",
  },
  {
    table: 'dead_messages', columns: ['body', 'attributes'],
    erase: `UPDATE dead_messages SET body = '{"erased":true}', attributes = '{}' WHERE position(to_json($1::text)::text IN body) > 0 AND sent_at <= $2::timestamptz`,
  },
  {
    // The bytes that were sent. Those of an order name no address, but where its creation was never heard.
    table: 'webhook_messages', columns: ['body'],
    erase: `UPDATE webhook_messages m SET body = convert_to((b.body || jsonb_build_object('data', (b.body->'data') - '{email,name,shipTo,metadata}'::text[]))::text, 'UTF8')
      FROM (SELECT event_id, convert_from(body, 'UTF8')::jsonb AS body FROM webhook_messages WHERE subject = $1 AND name LIKE 'user.%' AND ${OF_THEN} OR subject IN (${OF_ORDERS})) b
      WHERE m.event_id = b.event_id AND ((b.body->'data') ?| '{email,name,shipTo}' OR (b.body->'data') ? 'metadata' AND NOT (b.body->'data'->'metadata') ? 'sequence')`,
  },
  {
    // What a replay changed, or would change: rows and events as they were, also of a cart, which only names its customer. That there was
    // a difference stays: a replay that goes on knows by it what it has counted, and which subjects it holds back.
    table: 'replay_differences', columns: ['before', 'after'],
    erase: `UPDATE replay_differences SET before = NULL, after = NULL WHERE (before IS NOT NULL OR after IS NOT NULL) AND $2::timestamptz IS NOT NULL
      AND (subject = $1 OR right(subject, length($1) + 1) = ':' || $1 OR subject IN (${OF_ORDERS}) OR position(to_json($1::text)::text IN concat(before, after)) > 0)`,
  },
  {
    table: 'webhook_attempts', columns: ['answer'],
    erase: `UPDATE webhook_attempts SET answer = NULL WHERE answer IS NOT NULL AND delivery_id IN (
      SELECT delivery_id FROM webhook_messages m JOIN webhook_deliveries USING (event_id) WHERE m.subject = $1 AND ${OF_THEN} OR m.subject IN (${OF_ORDERS}))`,
  },
];
