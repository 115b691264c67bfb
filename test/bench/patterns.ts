/**
 * How many events the pattern matcher judges in a second of CPU time, from JSON text and parsed, with one rule and with 300 of a
 * kind, beside `JSON.parse`. test/ruler/bench.ts sets the rule engine that AWS publishes beside it.
 *
 * Each rule of a kind asks for a source and a detail type that all events have, and for one order of many in its own way; of 300
 * rules about one matches an event, of `anything-but` all but one.
 */
import { compilePattern, compileRules } from '@commerce/events/pattern';

/** A kind of rules. */
interface Kind {
  readonly name: string;
  readonly value: (rule: number) => unknown;
}

/** How many different orders the events tell of, and how many rules a large set has. */
export const ORDERS = 300;

export const KINDS: readonly Kind[] = [
  { name: 'exact', value: (rule) => orderId(rule) },
  { name: 'prefix', value: (rule) => ({ prefix: orderId(rule).slice(0, -4) }) },
  { name: 'suffix', value: (rule) => ({ suffix: orderId(rule).slice(4) }) },
  { name: 'equals-ignore-case', value: (rule) => ({ 'equals-ignore-case': orderId(rule).toUpperCase() }) },
  { name: 'numeric', value: (rule) => ({ numeric: ['>=', rule * 100, '<', rule * 100 + 100] }) },
  { name: 'wildcard', value: (rule) => ({ wildcard: `ord*${orderId(rule).slice(5, 12)}*` }) },
  { name: 'anything-but', value: (rule) => ({ 'anything-but': [orderId(rule)] }) },
];

/** The patterns of a kind as JSON texts. */
export function patternsOf(kind: Kind, count: number): string[] {
  const field = kind.name === 'numeric' ? 'totalCents' : 'orderId';
  return Array.from({ length: count }, (_, rule) => JSON.stringify({
    source: ['order-fulfillment'], 'detail-type': ['order.line.shipped'], detail: { data: { [field]: [kind.value(rule)] } },
  }));
}

/** Events of about 640 bytes, as JSON texts. */
export function eventsOf(count: number): string[] {
  return Array.from({ length: count }, (_, number) => {
    const order = number % ORDERS;
    return JSON.stringify({
      version: '0', id: `0d079340-135a-c8c6-95c2-41fb8f49${(1000 + order).toString()}`, 'detail-type': 'order.line.shipped', source: 'order-fulfillment',
      account: '111122223333', time: '2026-11-01T12:00:00Z', region: 'eu-central-1', resources: [],
      detail: {
        id: `01931f3c-7b1a-7cc1-9c1e-1f0d9b3b${(1000 + order).toString()}`, version: 1, correlationId: '01931f3c-7b1a-7cc1-9c1e-1f0d9b3b0001',
        data: {
          clientId: 'commerce-coordinator', orderId: orderId(order), status: 'shipped', totalCents: order * 100 + 50, currency: 'EUR', priority: true,
          lines: [{ sku: `SKU-${order}`, quantity: 2 }, { sku: 'SKU-7', quantity: 1 }], shippedTo: { country: 'DE', postalCode: '10115', city: 'Berlin' },
        },
      },
    });
  });
}

function orderId(order: number): string {
  return `ord-${(7_919 * (order + 1) % 1_000_003).toString().padStart(7, '0')}-${order}`;
}

/** Calls the work on all items over and over, for so long, and tells how many it did in a second of CPU time, all threads of the process counted. */
function perSecond<Item>(items: readonly Item[], seconds: number, work: (item: Item) => unknown): number {
  let done = 0;
  const start = process.cpuUsage();
  for (;;) {
    for (const item of items) work(item);
    done += items.length;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= seconds * 1e6) return (done * 1e6) / (user + system);
  }
}

/** Events per second of CPU time. */
interface PatternRate {
  readonly kind: string;
  readonly rules: number;
  readonly fromText: number;
  readonly parsed: number;
}

/** Judges events with rules of each kind. */
export function patternRates(options: { readonly seconds: number }): { readonly parse: number; readonly rates: readonly PatternRate[]; readonly bytes: number } {
  const texts = eventsOf(ORDERS);
  const objects = texts.map((text) => JSON.parse(text) as object);
  const rates = KINDS.flatMap((kind) => [1, ORDERS].map((rules): PatternRate => {
    const set = compileRules(patternsOf(kind, rules).map((pattern) => compilePattern(pattern)));
    perSecond(texts, options.seconds, set.matchText);
    perSecond(objects, options.seconds, set.match);
    return { kind: kind.name, rules, fromText: perSecond(texts, options.seconds, set.matchText), parsed: perSecond(objects, options.seconds, set.match) };
  }));
  return { parse: perSecond(texts, options.seconds, JSON.parse), rates, bytes: Math.round(texts.join('').length / texts.length) };
}
