/**
 * `EVENT_TYPES`: the constant of every event that is published or told live, with the name under which the live bus and
 * webhooks know it. A second name of one event has that event's name; one that stands for several stands for itself.
 */
import type { ENTRIES } from '@commerce/events/entries';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import type { ANALYTICS_ENTRIES } from '@commerce/events/entries/analytics';
import type { CART_ENTRIES } from '@commerce/events/entries/carts';
import type { CATALOG_ENTRIES } from '@commerce/events/entries/catalog';
import type { CUSTOMER_ENTRIES } from '@commerce/events/entries/customers';
import type { INVENTORY_ENTRIES } from '@commerce/events/entries/inventory';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import type { NOTIFICATION_ENTRIES } from '@commerce/events/entries/notifications';
import type { PAYMENT_ENTRIES } from '@commerce/events/entries/payments';

type Entry =
  | (typeof ENTRIES | typeof CART_ENTRIES | typeof CATALOG_ENTRIES | typeof INVENTORY_ENTRIES | typeof JOB_ENTRIES)[number]
  | (typeof ANALYTICS_ENTRIES | typeof CUSTOMER_ENTRIES | typeof NOTIFICATION_ENTRIES | typeof PAYMENT_ENTRIES)[number];

/** `OrderCreated` → `ORDER_CREATED`. */
type Constant<Type extends string> = Type extends `${infer First}${infer Rest}` ? `${Uppercase<First>}${Snake<Rest>}` : '';
type Snake<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? '' : '_'}${Uppercase<First>}${Snake<Rest>}`
  : '';

/** Second names: a test holds them equal to those of the entries. */
type SecondName = 'EMAIL_SENT' | 'INVENTORY_UPDATE' | 'ORDER_CONFIRMATION_SENT' | 'ORDER_PAYMENT_COMPLETED' | 'PAYMENT_PROCESSING';

export type EventTypeName = Constant<Entry['type']> | SecondName;

export const EVENT_TYPES = Object.freeze(eventTypes()) as Readonly<Record<EventTypeName, string>>;

function eventTypes(): Record<string, string> {
  const types: Record<string, string> = {};
  for (const { constant, otherNames = [], webhook } of [...PUBLISHED_ENTRIES, ...JOB_ENTRIES]) {
    types[constant] = webhook;
    for (const name of otherNames.filter(isConstant)) types[name] = name in types ? name : webhook;
  }
  return types;
}

/** A second name may also be one for webhooks: `payment.completed`. */
function isConstant(name: string): boolean {
  return name === name.toUpperCase();
}
