/** What the fan-out hears: all that is published, and what webhooks tell themselves. */
import { ENTRIES } from '@commerce/events/entries';
import { ANALYTICS_ENTRIES } from '@commerce/events/entries/analytics';
import { CART_ENTRIES } from '@commerce/events/entries/carts';
import { CATALOG_ENTRIES } from '@commerce/events/entries/catalog';
import { CUSTOMER_ENTRIES } from '@commerce/events/entries/customers';
import { INVENTORY_ENTRIES } from '@commerce/events/entries/inventory';
import { NOTIFICATION_ENTRIES } from '@commerce/events/entries/notifications';
import { PAYMENT_ENTRIES } from '@commerce/events/entries/payments';
import { WEBHOOK_ENTRIES } from './signals.ts';

export const HEARD = [
  ...ENTRIES, ...INVENTORY_ENTRIES, ...PAYMENT_ENTRIES, ...CATALOG_ENTRIES, ...CUSTOMER_ENTRIES, ...CART_ENTRIES, ...NOTIFICATION_ENTRIES, ...ANALYTICS_ENTRIES, ...WEBHOOK_ENTRIES,
] as const;
