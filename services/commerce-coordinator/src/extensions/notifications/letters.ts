/**
 * What customers are told: one letter per event, its parts for text and for HTML made of the same sentences. A letter says what its
 * event knows, and no more: the same event makes the same letter at any time. Pure.
 * Promise: whatever stands in an event is escaped, and a letter loads nothing from anywhere.
 */
import type { DataOf } from '@commerce/events/catalogue';
import type { OrderCancelled, OrderRefunded, OrderShipped } from '@commerce/events/entries';
import type { CartAbandoned } from '@commerce/events/entries/carts';
import type { PaymentRefunded } from '@commerce/events/entries/payments';

/** What an order was when it was placed: this part of it never changes. */
export interface ToldOrder {
  readonly orderNumber: number;
  readonly customerId: string;
  readonly lines: readonly { readonly lineId: string; readonly sku: string; readonly name?: string; readonly quantity: number }[];
}

/** The events that are told. */
export type Told =
  | { readonly type: 'OrderShipped'; readonly data: DataOf<typeof OrderShipped> }
  | { readonly type: 'OrderCancelled'; readonly data: DataOf<typeof OrderCancelled> }
  | { readonly type: 'OrderRefunded'; readonly data: DataOf<typeof OrderRefunded> }
  /** Of a part of the money. That all of it is given back is told with the end of the order. */
  | { readonly type: 'PaymentRefunded'; readonly data: DataOf<typeof PaymentRefunded>; readonly order: ToldOrder }
  | { readonly type: 'CartAbandoned'; readonly data: DataOf<typeof CartAbandoned> };

export const TEMPLATES = { OrderShipped: 'order_shipped', OrderCancelled: 'order_cancelled', OrderRefunded: 'order_refunded', PaymentRefunded: 'order_refunded', CartAbandoned: 'cart_abandoned' } as const;
export type Template = (typeof TEMPLATES)[Told['type']];

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Draft {
  readonly subject: string;
  readonly before: string;
  readonly list?: readonly string[];
  readonly after?: string;
}

/** Sentences for the reasons that customers understand; the others are for operators. */
const CANCELLED_BECAUSE: Readonly<Record<string, string>> = {
  no_stock: 'We do not have enough of what you ordered.',
  card_declined: 'The payment was declined.',
  customer_changed_mind: 'You asked for it.',
};

/** The event of what is delivered does not say what is not. */
const IF_LESS = 'If we could not deliver something of it, you get the money for that back, and we tell you so in a message of its own.';

/** The letter to a customer of this name. */
export function letterOf(told: Told, name: string | null): Letter {
  const draft = draftOf(told);
  const greeting = name === null ? 'Good day,' : `Dear ${name},`;
  const parts = [greeting, draft.before, draft.list ?? [], draft.after ?? []].filter((part) => part.length > 0).map((part) => (typeof part === 'string' ? line(part) : part.map(line)));
  return {
    subject: line(draft.subject),
    text: `${parts.map((part) => (typeof part === 'string' ? part : part.map((item) => `- ${item}`).join('\n'))).join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(line(draft.subject))}</title></head><body>${parts.map(htmlOf).join('')}</body></html>`,
  };
}

function draftOf(told: Told): Draft {
  const { type, data } = told;
  if (type === 'OrderShipped' && data.method === 'none') {
    return { subject: `Your order ${data.orderNumber} is ready`, before: `What we could deliver of your order ${data.orderNumber} has been delivered to your account. Nothing is sent by post.`, after: IF_LESS };
  }
  if (type === 'OrderShipped') {
    return {
      subject: `Your order ${data.orderNumber} is on its way`, before: `These parcels of your order ${data.orderNumber} have left us:`,
      list: data.parcels.map(({ carrier, trackingNumber }) => `${carrier}, tracking number ${trackingNumber}`),
      after: IF_LESS,
    };
  }
  if (type === 'OrderCancelled') {
    return {
      subject: `Your order ${data.orderNumber} is cancelled`,
      before: `Your order ${data.orderNumber} is cancelled. ${Object.hasOwn(CANCELLED_BECAUSE, data.reason.code) ? CANCELLED_BECAUSE[data.reason.code] : ''}`.trim(),
      after: 'Nothing is sent. If money was taken for it, you get it back.',
    };
  }
  if (type === 'OrderRefunded') {
    return { subject: `Your money for order ${data.orderNumber}`, before: `We have given back ${data.amount} ${data.currency} for your order ${data.orderNumber}. It may take some days until you see it.` };
  }
  if (told.type === 'PaymentRefunded') return refundDraft(told);
  return {
    subject: 'You left something in your cart', before: 'These are still in your cart:',
    list: told.data.items.map(({ sku, name, quantity }) => `${quantity} × ${name ?? sku}`), after: 'Come back whenever you like.',
  };
}

function refundDraft({ data: { amount, currency, refunded, charged, lineIds = [] }, order: { orderNumber, lines } }: Extract<Told, { readonly type: 'PaymentRefunded' }>): Draft {
  const given = `We have given back ${amount} ${currency} for your order ${orderNumber}`;
  const list = lines.filter(({ lineId }) => lineIds.includes(lineId)).map(({ sku, name, quantity }) => `${quantity} × ${name ?? sku}`);
  return {
    subject: `Your money for order ${orderNumber}`,
    ...(list.length === 0 ? { before: `${given}.` } : { before: `${given}. You do not pay for these any more:`, list }),
    after: `In all, ${refunded} ${currency} of the ${charged} ${currency} that you paid is given back. It may take some days until you see it.`,
  };
}

function htmlOf(part: string | readonly string[]): string {
  return typeof part === 'string' ? `<p>${escape(part)}</p>` : `<ul>${part.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
}

/** Names and carriers come from outside: one line each, whatever stands in them. */
function line(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
