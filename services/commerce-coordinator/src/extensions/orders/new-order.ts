/**
 * From what a client sent to the order that is kept: line ids, totals, the first events. Pure.
 */
import type { NewEvent } from '@commerce/event-log/event';
import { formatMoney, isCurrencySupported, lineTotal, MAX_TOTAL_MINOR, minorUnits } from '../../money.ts';
import type { OrderForm, ShipTo } from './order-form.ts';

/** A line as it is kept and published. Money as decimal strings with two places. */
export interface OrderLine {
  readonly lineId: string;
  readonly sku: string;
  readonly name?: string;
  readonly quantity: number;
  readonly unitPrice: string;
  readonly discount: string;
  readonly total: string;
}

/** An order as it is accepted; nothing of this changes later. */
export interface NewOrder {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly customerId: string;
  readonly currency: string;
  readonly lines: readonly OrderLine[];
  readonly freight: string;
  readonly total: string;
  readonly shipTo?: ShipTo;
  readonly metadata?: Record<string, unknown>;
}

/** How the customer pays; undefined for the default of the service. It is kept with the order until the payment is decided, and never published. */
export function paymentMethodOf({ payment }: OrderForm): { readonly type: 'card'; readonly token: string; readonly provider?: string | undefined } | undefined {
  return payment?.method;
}

/** The order can not be taken as it is; `path` points into the body. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
  readonly code: 'currency_not_supported' | 'amount_too_large' | 'payment_method_required';
  readonly path: string;
  constructor(code: OrderRefused['code'], path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** Computes every total. Throws `OrderRefused`. */
export function newOrder(orderId: string, orderNumber: number, form: OrderForm): NewOrder {
  if (!isCurrencySupported(form.currency)) {
    throw new OrderRefused('currency_not_supported', '/body/currency', `${form.currency} is not a currency with two decimals.`);
  }
  const freight = minorUnits(form.freight ?? '0');
  let total = freight;
  const lines = form.lines.map((line, index): OrderLine => {
    const { sku, quantity, discount = '0', name } = line;
    const unitPrice = minorUnits(line.unitPrice);
    const sum = lineTotal(unitPrice, quantity, discount);
    refuseTooLarge(sum, `/body/lines/${index}`, 'line');
    total += sum;
    const priced = { quantity, unitPrice: formatMoney(unitPrice), discount, total: formatMoney(sum) };
    return name === undefined ? { lineId: String(index + 1), sku, ...priced } : { lineId: String(index + 1), sku, name, ...priced };
  });
  refuseTooLarge(total, '/body/lines', 'order');
  const { customerId, currency, shipTo, metadata } = form;
  return {
    orderId, orderNumber, customerId, currency, lines, freight: formatMoney(freight), total: formatMoney(total),
    ...(shipTo === undefined ? {} : { shipTo }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Without a default of the service an order that costs something must say how it is paid. Throws `OrderRefused`. */
export function refuseWithoutMethod({ total }: NewOrder, form: OrderForm): void {
  if (paymentMethodOf(form) === undefined && minorUnits(total) > 0n) throw new OrderRefused('payment_method_required', '/body/payment', 'There is no default.');
}

function refuseTooLarge(minor: bigint, path: string, what: string): void {
  if (minor <= MAX_TOTAL_MINOR) return;
  throw new OrderRefused('amount_too_large', path, `The total of the ${what} is more than ${formatMoney(MAX_TOTAL_MINOR)}.`);
}

/** The event that the customer asked; the second one, `orderCreated`, is caused by it. */
export function checkoutInitiated({ orderId, customerId, currency, total }: NewOrder): NewEvent {
  return { type: 'OrderCheckoutInitiated', data: { orderId, customerId, currency, total } };
}

/** By which request an order was placed: of whom, under which key, and the SHA-256 of what was sent, in hex. */
export interface OrderRequest {
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly hash: string;
}

/** The event that the order was accepted: version 1 of the order. With the request it says all that the first row has, but for how it is paid. */
export function orderCreated(order: NewOrder, request?: OrderRequest): NewEvent {
  return { type: 'OrderCreated', data: request === undefined ? order : { ...order, request }, sequence: 1 };
}
