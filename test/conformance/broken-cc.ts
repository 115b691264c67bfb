/**
 * A real Commerce Coordinator with one fault planted: what it hears is changed on its way to it, or what it shows of its orders is.
 * Each fault names the promises that it breaks.
 */
import type { Outlet } from './bus.aws.ts';
import type { Affair } from './cc/fulfilling-side.http.ts';
import { forward, startProxy } from './proxy.http.ts';
import type { Reply } from './proxy.http.ts';

type Event = Readonly<Record<string, any>>;

interface Planted {
  /** What it hears in the place of an event. */
  readonly hear?: (event: Event) => Event;
  /** What it shows in the place of an order. */
  readonly show?: (order: Event) => Event;
}

interface Ground {
  readonly clientId: string;
  readonly affair: (sku: string) => Affair;
}

interface Fault {
  readonly meaning: string;
  readonly breaks: readonly string[];
  readonly plant: (ground: Ground) => Planted;
}

/** The event with other data. */
function about(event: Event, data: object): Event {
  return { ...event, data: { ...event['data'], ...data } };
}

export const CC_FAULTS = {
  'foreign-client-heard': {
    meaning: 'It does not look at whose fulfillment an outcome is.',
    breaks: ['hearing.foreign-client'],
    plant: ({ clientId }) => ({ hear: (event) => about(event, { clientId }) }),
  },
  'other-fulfillment-heard': {
    meaning: 'It does not look at which fulfillment of the order an outcome is about.',
    breaks: ['hearing.other-fulfillment'],
    plant: ({ affair }) => ({
      hear: (event) => {
        const fulfillmentId = affair(event['data'].lines?.[0]?.sku ?? '').taken[0]?.fulfillmentId;
        return fulfillmentId === undefined ? event : about(event, { fulfillmentId });
      },
    }),
  },
  'unknown-version-read': {
    meaning: 'It reads every version of an event as the one that it knows.',
    breaks: ['hearing.unknown-version'],
    plant: () => ({
      hear(event) {
        const { novelty: _novelty, ...data } = event['data'];
        return { ...event, eventVersion: 'v1', data };
      },
    }),
  },
  'partial-taken-for-complete': {
    meaning: 'It takes a partial completion for a complete one.',
    breaks: ['hearing.partial'],
    plant: () => ({
      hear: (event) => (event['data'].status !== 'partial' ? event : about(event, { status: 'completed', lines: event['data'].lines.map(({ reason: _reason, ...line }: Event) => ({ ...line, status: 'fulfilled' })) })),
    }),
  },
  'late-completion-revives': {
    meaning: 'A completion revives an order that was cancelled.',
    breaks: ['hearing.late'],
    plant() {
      const completed = new Set<string>();
      return {
        hear(event) {
          if (event['eventType'] === 'FulfillmentCompleted') completed.add(event['data'].orderId);
          return event;
        },
        show: (order) => (order['status'] === 'cancelled' && completed.has(order['orderId']) ? { ...order, status: 'completed', version: order['version'] + 1 } : order),
      };
    },
  },
  'duplicate-counted': {
    meaning: 'Every completion moves the order once more.',
    breaks: ['hearing.duplicate'],
    plant() {
      const heard = new Map<string, number>();
      return {
        hear(event) {
          if (event['eventType'] === 'FulfillmentCompleted') heard.set(event['data'].orderId, (heard.get(event['data'].orderId) ?? 0) + 1);
          return event;
        },
        show: (order) => ({ ...order, version: order['version'] + Math.max(0, (heard.get(order['orderId']) ?? 0) - 1) }),
      };
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type CcFaultName = keyof typeof CC_FAULTS;

export interface BrokenCc {
  /** Where its orders are placed and read. */
  readonly url: string;
  /** The way to what it hears. */
  readonly outlet: Outlet;
  close(): Promise<void>;
}

export async function startBrokenCc(name: CcFaultName, { url, outlet, ...ground }: Ground & { readonly url: string; readonly outlet: Outlet }): Promise<BrokenCc> {
  const { hear = (event) => event, show = (order) => order }: Planted = CC_FAULTS[name].plant(ground);
  const proxy = await startProxy(async (call) => {
    const reply = await forward(url, call);
    return call.method === 'GET' && reply.status === 200 ? shown(reply, show) : reply;
  });
  const { raw } = outlet;
  return {
    url: proxy.url, close: proxy.close,
    outlet: { raw, close: () => outlet.close(), event: (source, type, detail) => outlet.event(source, type, hear(detail)) },
  };
}

function shown(reply: Reply, show: (order: Event) => Event): Reply {
  return { ...reply, body: JSON.stringify(show(JSON.parse(reply.body))) };
}
