/**
 * What is kept of a body: the values of named fields, and of everything else only that it was there. Pure.
 *
 * Promise: a value stands in it only when its field, and each field around it, is named here; none is a secret or tells of a person. At
 * most some 4,000 characters.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'orderId', 'orderNumber', 'order_id', 'lines', 'lineId', 'sku', 'quantity', 'kind', 'fulfillment', 'fulfillments', 'fulfillmentId', 'clientId', 'provider', 'status', 'version', 'replayed', 'outcome', 'deadline',
  'reason', 'code', 'title', 'detail', 'type', 'retryable', 'requestId', 'correlationId', 'createdAt', 'updatedAt', 'settledAt', 'items', 'limit', 'nextCursor',
  'id', 'object', 'key', 'amount', 'currency', 'chargeId', 'refundId', 'paymentId', 'charge', 'reference', 'payment_intent', 'livemode', 'created', 'error', 'decline_code', 'afterMs', 'sent',
]);
const LEFT_OUT = '…';
const MOST_TEXT = 200;
const MOST_ITEMS = 100;
const MOST_CHARACTERS = 4_000;

/** As JSON text. `undefined` has no text. */
export function allowedOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(seen(value));
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}${LEFT_OUT}`;
}

/** Of a body as it was sent or answered. One that is neither JSON nor a form is told by its length. */
export function allowedBody(body: string, contentType: string): string | null {
  if (body === '') return null;
  if (contentType.includes('x-www-form-urlencoded')) return allowedOf(Object.fromEntries(new URLSearchParams(body)));
  try {
    return allowedOf(JSON.parse(body));
  } catch {
    return `(${body.length} characters that are no JSON)`;
  }
}

function seen(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= MOST_TEXT ? value.toWellFormed().replaceAll('\0', '') : LEFT_OUT;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return [...value.slice(0, MOST_ITEMS).map(seen), ...(value.length > MOST_ITEMS ? [LEFT_OUT] : [])];
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => (ALLOWED.has(name) ? [name, seen(inner)] : [name.length <= MOST_TEXT ? name.toWellFormed().replaceAll('\0', '') : LEFT_OUT, LEFT_OUT])));
}
