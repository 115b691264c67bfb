/**
 * What a client may send to place an order. Unknown fields, floats, signs and texts that are too long are refused here, so
 * that every accepted order fits its events.
 */
import { z } from 'zod';
import { reasonForm } from '../../audit.ts';
import { tokenForm } from '../../card-token.ts';
import { DISCOUNT_PATTERN, MONEY_PATTERN } from '../../money.ts';

const id = z.string().min(1).max(200);
const money = z.string().regex(MONEY_PATTERN, 'must be a decimal string such as "14.00": up to 12 digits, a point, up to 2 digits');
const text = (max: number) => z.string().max(max).nullish();

const lineForm = z.strictObject({
  sku: id,
  name: z.string().max(500).optional(),
  quantity: z.int().min(1).max(1_000_000),
  unitPrice: money.meta({ example: '14.00' }),
  discount: z
    .string()
    .regex(DISCOUNT_PATTERN, 'must be a fraction of the line from "0" to "1" with up to 4 decimals, such as "0.15"')
    .optional()
    .meta({ description: 'Fraction of the line, "0" when left out.', example: '0.15' }),
});

/** Members may be null or absent: addresses of the world do not agree on which of them exist. */
export const shipToForm = z.strictObject({
  name: text(500), address: text(500), city: text(200), region: text(200), postalCode: text(50), country: text(100),
});

/** One that is not there refuses the payment. */
const providerForm = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/).meta({ description: 'The payment provider that knows the card; the default of the service when left out.', example: 'stripe' });

export const orderForm = z.strictObject({
  customerId: id,
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency code of ISO 4217 such as "USD"'),
  lines: z.array(lineForm).min(1).max(500),
  orderNumber: z.int().min(1).optional().meta({ description: 'Given by the service when left out.' }),
  shipTo: shipToForm.optional(),
  freight: money.optional().meta({ description: 'Part of the total; "0" when left out.', example: '32.38' }),
  payment: z.strictObject({ method: z.strictObject({ type: z.literal('card'), token: tokenForm, provider: providerForm.optional() }) })
    .optional().meta({ description: 'How it is paid; the default of the service when left out, if it has one.' }),
  metadata: z.record(z.string().min(1).max(100), z.unknown()).optional().meta({ description: 'Kept and carried with the order, not interpreted.' }),
}).meta({ title: 'NewOrder' });

export type OrderForm = z.infer<typeof orderForm>;
export type ShipTo = z.infer<typeof shipToForm>;

/** Header that makes a repeated request harmless: 1 to 255 visible ASCII characters. */
export const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

/** Why somebody acts on an order. */
export const actForm = z.strictObject({ reason: reasonForm }).meta({ title: 'OrderAct' });
const lineIds = z.array(id).min(1).max(500).optional().meta({ description: 'The lines that are taken back; the whole order when left out.' });
export const refundForm = z.strictObject({ reason: reasonForm, lineIds }).meta({ title: 'OrderRefund' });
export const revokeForm = z.strictObject({ reason: reasonForm, lineIds }).meta({ title: 'OrderRevocation' });
