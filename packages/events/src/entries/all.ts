/** Every entry of this package, and the catalogue of them: what is published by either service. */
import { createCatalogue } from '../catalogue.ts';
import type { EventEntry } from '../catalogue.ts';
import { ENTRIES } from '../entries.ts';
import { ANALYTICS_ENTRIES } from './analytics.ts';
import { CART_ENTRIES } from './carts.ts';
import { CATALOG_ENTRIES } from './catalog.ts';
import { CUSTOMER_ENTRIES } from './customers.ts';
import { INVENTORY_ENTRIES } from './inventory.ts';
import { NOTIFICATION_ENTRIES } from './notifications.ts';
import { PAYMENT_ENTRIES } from './payments.ts';

export const PUBLISHED_ENTRIES = [
  ...ENTRIES, ...INVENTORY_ENTRIES, ...PAYMENT_ENTRIES, ...CATALOG_ENTRIES, ...CUSTOMER_ENTRIES, ...CART_ENTRIES, ...NOTIFICATION_ENTRIES, ...ANALYTICS_ENTRIES,
] as unknown as readonly EventEntry[];

export const publishedCatalogue = createCatalogue(PUBLISHED_ENTRIES);
