/** What an event says in a few words, and how it sounds. Pure. */
import type { Tone } from '../../parts/status.tsx';

const MOST_PARTS = 4;
const MOST_CHARACTERS = 60;
/** Stand beside it anyhow, or say nothing to people. */
const BESIDE = /^(?:orderId|customerId|eventId|correlationId|.*At|fulfillmentId|webhookId)$/;
/** Say most, and come first. */
const FIRST = ['orderNumber', 'status', 'reason', 'total', 'amount', 'currency', 'sku', 'quantity', 'rule', 'handler', 'url'];

/** `orderNumber 10248 · total 20.10 · reason card_declined`. */
export function gistOf(data: unknown): string {
  if (typeof data !== 'object' || data === null) return '';
  const parts = Object.entries(data).filter(([name]) => !BESIDE.test(name)).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [{ name, text }];
  });
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return parts.sort((a, b) => rank(a.name) - rank(b.name)).slice(0, MOST_PARTS).map(({ name, text }) => `${name} ${text}`).join(' · ');
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : shortened(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return String(value.length);
  // A reason has its constant; money its amount.
  if (typeof value === 'object' && value !== null) {
    const { code, amount } = value as Record<string, unknown>;
    return typeof code === 'string' ? shortened(code) : typeof amount === 'string' ? amount : undefined;
  }
  return undefined;
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

const TONES: readonly (readonly [RegExp, Tone])[] = [
  [/fail|refused|rejected|dead|lost|expired|given_?up|undelivered|unfulfilled|conflict/i, 'bad'],
  [/cancel|disabled|held|on_?hold|refund|revoke|chargeback|dispute/i, 'warn'],
  [/complet|succeed|delivered|fulfilled|paid|captured|reserved$/i, 'good'],
];

/** By its name; `plain` for what is neither good nor bad. */
export function toneOfEvent(name: string): Tone {
  return TONES.find(([sounds]) => sounds.test(name))?.[1] ?? 'plain';
}

/** The order that it is about; undefined when it is about something else. */
export function orderOf({ subject, data }: { readonly subject: string; readonly data?: unknown }, topic: string): string | undefined {
  const id = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)['orderId'] : undefined;
  if (typeof id === 'string') return id;
  return topic === 'order-events' || topic === 'fulfillment-events' ? subject : undefined;
}

/** The trace id of W3C's `traceparent`. */
export function traceIdOf(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const { traceparent } = metadata;
  return typeof traceparent === 'string' ? /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent)?.[1] : undefined;
}
