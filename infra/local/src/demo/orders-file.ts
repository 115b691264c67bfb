// A file of orders, one JSON object per line. A line that is no order is reported with its number and its reason; the others
// are still orders. Blank lines count as lines and are nothing else; so is a byte order mark at the start. Pure.
import { z } from 'zod';

// The form of Commerce Coordinator, which would refuse any other.
const money = z.string().regex(/^\d{1,12}(\.\d{1,2})?$/, 'must be a decimal string such as "14.00": up to 12 digits, a point, up to 2 digits');
const discount = z.string().regex(/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/, 'must be a fraction of the line from "0" to "1" with up to 4 decimals');
const text = z.string().min(1).max(500);

const orderSchema = z.strictObject({
  orderNumber: z.int().min(1),
  customerId: text,
  customerName: text.optional(),
  placedAt: z.iso.datetime().optional(),
  requiredBy: z.iso.datetime().optional(),
  freight: money.optional(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters'),
  shipTo: z.record(z.string(), z.string().nullable()).optional(),
  lines: z.array(z.strictObject({ sku: text, name: text.optional(), quantity: z.int().min(1), unitPrice: money, discount: discount.optional() })).min(1),
});

export type DemoOrder = z.infer<typeof orderSchema>;
type MalformedLine = { readonly line: number; readonly why: string };
export type OrdersFile = {
  /** Each with the number of its line, counted from 1. */
  readonly orders: readonly { readonly line: number; readonly order: DemoOrder }[];
  readonly malformed: readonly MalformedLine[];
};

export function readOrders(content: string): OrdersFile {
  const orders: { line: number; order: DemoOrder }[] = [];
  const malformed: MalformedLine[] = [];
  content.replace(/^\uFEFF/, '').split(/\r?\n/).forEach((text, index) => {
    if (text.trim() === '') return;
    const line = index + 1;
    const read = readOrder(text);
    if ('why' in read) malformed.push({ line, why: read.why });
    else orders.push({ line, order: read.order });
  });
  return { orders, malformed };
}

function readOrder(text: string): { order: DemoOrder } | { why: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { why: 'not JSON' };
  }
  const parsed = orderSchema.safeParse(json);
  if (parsed.success) return { order: parsed.data };
  return { why: parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'the line'}: ${issue.message}`).join('; ') };
}

/** The body of `POST /orders`. What is only told, not acted on, goes into the metadata; a date of 1996 is no deadline. */
export function orderRequest(order: DemoOrder, card?: string): Record<string, unknown> {
  const { customerName, placedAt, requiredBy, ...rest } = order;
  const told = Object.entries({ customerName, placedAt, requiredBy }).filter(([, value]) => value !== undefined);
  return { ...rest, ...(card === undefined ? {} : { payment: { method: { type: 'card', token: card } } }), ...(told.length > 0 ? { metadata: Object.fromEntries(told) } : {}) };
}
