/**
 * The extensions of Commerce Coordinator. One that is not listed is not loaded: neither its routes nor its handlers exist, and
 * its variables are not read, and nothing of it is opened. Its lines leave the map with it; what becomes silent thereby is said there.
 * The order is that of their migrations.
 */
export type { ExtensionDefinition } from '@commerce/signals/extension';
import { analytics } from './src/extensions/analytics/extension.ts';
import { carts } from './src/extensions/carts/extension.ts';
import { catalog } from './src/extensions/catalog/extension.ts';
import { fulfillment } from './src/extensions/fulfillment/extension.ts';
import { inventory } from './src/extensions/inventory/extension.ts';
import { notifications } from './src/extensions/notifications/extension.ts';
import { orders } from './src/extensions/orders/extension.ts';
import { payments } from './src/extensions/payments/extension.ts';
import { shipping } from './src/extensions/shipping/extension.ts';
import { webhooks } from './src/extensions/webhooks/extension.ts';
import { customers } from './src/personal-data/extension.ts';

export const EXTENSIONS = [orders, inventory, payments, fulfillment, shipping, catalog, carts, notifications, analytics, customers, webhooks] as const;
