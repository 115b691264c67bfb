/** What clients may send to a cart. Unknown fields, floats, signs and texts that are too long are refused here. */
import { z } from 'zod';
import { tokenForm } from '../../card-token.ts';
import { MONEY_PATTERN } from '../../money.ts';

const id = z.string().min(1).max(200);
/** Stands in the address of its item. */
const sku = z.string().min(1).max(100);
const quantity = z.int().min(1).max(1_000_000);
const money = z.string().regex(MONEY_PATTERN, 'must be a decimal string such as "14.00": up to 12 digits, a point, up to 2 digits');
const text = (max: number) => z.string().max(max).nullish();

export const cartForm = z.strictObject({ customerId: id, currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency code of ISO 4217 such as "USD"') });

export const itemForm = z.strictObject({
  sku,
  quantity: quantity.meta({ description: 'Added to what the cart has of the product.' }),
  unitPrice: money.optional().meta({ example: '21.00', description: 'Needed for a product that the catalogue does not have; for others the price of the catalogue holds.' }),
  name: z.string().min(1).max(500).optional().meta({ description: 'For a product that the catalogue does not have.' }),
});

export const quantityForm = z.strictObject({ quantity: quantity.meta({ description: 'Instead of the quantity that is there.' }) });

export const checkoutForm = z.strictObject({
  shipTo: z.strictObject({ name: text(500), address: text(500), city: text(200), region: text(200), postalCode: text(50), country: text(100) }).optional(),
  freight: money.optional().meta({ description: 'Part of the total; "0" when left out.', example: '32.38' }),
  payment: z.strictObject({ method: z.strictObject({ type: z.literal('card'), token: tokenForm }) }).optional().meta({ description: 'How it is paid; the default of the service when left out, if it has one.' }),
  metadata: z.record(z.string().min(1).max(100), z.unknown()).optional().meta({ description: 'Kept and carried with the order, not interpreted.' }),
});

export type CartForm = z.infer<typeof cartForm>;
export type ItemForm = z.infer<typeof itemForm>;
export type CheckoutForm = z.infer<typeof checkoutForm>;
