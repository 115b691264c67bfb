/** What clients are shown of users and products: the forms of the answers. Times are ISO 8601. */
import { z } from 'zod';
import { PRODUCT_STATUSES } from './products.ts';
import { USER_STATUSES } from './users.ts';

const version = z.int().meta({ description: '1 at first, one more with every change; also the ETag.' });
const time = z.iso.datetime();
const nextCursor = z.string().nullable().meta({ description: 'For the next page; null on the last one.' });

export const userView = z.strictObject({
  userId: z.string(), email: z.string().nullable(), name: z.string().nullable(), status: z.enum(USER_STATUSES), version, createdAt: time, updatedAt: time,
});
export const userListView = z.strictObject({ items: z.array(userView), nextCursor });

export const productView = z.strictObject({
  sku: z.string(), name: z.string(), unitPrice: z.string().meta({ example: '21.00' }), currency: z.string(), status: z.enum(PRODUCT_STATUSES),
  available: z.int().nullable().meta({ description: 'What can be sold, a moment after the inventory knows it; null when it was never counted.' }),
  version, createdAt: time, updatedAt: time,
});
export const productListView = z.strictObject({ items: z.array(productView), nextCursor });

export type UserView = z.infer<typeof userView>;
export type ProductView = z.infer<typeof productView>;
