/**
 * Makes of an event, as the stream shows it, what a webhook would be sent: the same name, the same body.
 *
 * The body of an event of an order carries the order as it stands with it. That is made here as it is made there, of the order's events
 * in their order; those before the stream began are read from the history.
 */
import { bodyOf, tellsOfOrder } from '@commerce/events/webhook-message';
import { follow } from '@commerce/events/webhook-order';
import type { OrderFacts } from '@commerce/events/webhook-order';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { NoAnswer } from '../failures.ts';
import { query } from '../paths.ts';

/** An event as the stream shows it. One that is only for a test has happened nowhere. */
export const itemForm = z.looseObject({
  eventId: z.string(), eventType: z.string(), name: z.string(), timestamp: z.string(), correlationId: z.string(), subject: z.string().optional(), test: z.boolean().optional(), data: z.record(z.string(), z.unknown()),
});
export type Item = z.infer<typeof itemForm>;

type Past = Pick<Item, 'eventId' | 'eventType' | 'timestamp' | 'correlationId' | 'data' | 'subject'>;
const pastForm = z.looseObject({ eventId: z.string(), eventType: z.string(), timestamp: z.string(), correlationId: z.string(), subject: z.string(), data: z.record(z.string(), z.unknown()) });
const pageForm = z.looseObject({ items: z.array(pastForm), nextCursor: z.string().nullable() });
const typesForm = z.looseObject({ items: z.array(z.looseObject({ type: z.string(), webhook: z.string(), visibility: z.string() })) });

/** An order as it stands with the last event of it that was seen. */
interface Known {
  readonly eventId: string;
  readonly facts: OrderFacts | undefined;
  readonly sequence: number;
}

const PAGE = 200;
/** An order has far fewer. */
const MOST_PAGES = 50;
const MOST_ORDERS = 1_000;

export class WebhookMessages {
  readonly #api: Api;
  readonly #names: ReadonlyMap<string, string>;
  readonly #orders = new Map<string, Known>();

  private constructor(api: Api, names: ReadonlyMap<string, string>) {
    this.#api = api;
    this.#names = names;
  }

  /** Reads which types webhooks tell of. */
  static async open(api: Api): Promise<WebhookMessages> {
    const answer = typesForm.safeParse(await api.call('GET', '/api/catalog'));
    if (!answer.success) throw new NoAnswer('The answer is not the list of types of events.', 'Check that the address is that of Commerce Coordinator.');
    const told = answer.data.items.filter(({ visibility, webhook }) => visibility === 'published' || webhook.startsWith('webhook.'));
    return new WebhookMessages(api, new Map(told.map(({ type, webhook }) => [type, webhook])));
  }

  /** The text of the body; undefined for an event that webhooks do not tell. */
  async bodyOf(item: Item): Promise<string | undefined> {
    const name = this.#names.get(item.eventType);
    if (name === undefined) return undefined;
    // One that is only for a test stands in no history: what it says of an order is all there is.
    if (item.test === true) return JSON.stringify(bodyOf(name, pastOf(item), follow(undefined, pastOf(item)), 1));
    const { facts, sequence } = tellsOfOrder(name) && item.subject !== undefined ? await this.#orderWith(item, item.subject) : { facts: undefined, sequence: 0 };
    return JSON.stringify(bodyOf(name, pastOf(item), facts, sequence));
  }

  async #orderWith(item: Item, subject: string): Promise<Known> {
    const before = this.#orders.get(subject);
    let known: Known = before ?? { eventId: '', facts: undefined, sequence: 0 };
    for (const event of await this.#between(subject, before?.eventId, item.eventId)) {
      const facts = follow(known.facts, pastOf(event));
      const counts = facts !== undefined && tellsOfOrder(this.#names.get(event.eventType) ?? '');
      known = { eventId: event.eventId, facts, sequence: known.sequence + (counts ? 1 : 0) };
    }
    this.#orders.delete(subject);
    this.#orders.set(subject, known);
    if (this.#orders.size > MOST_ORDERS) this.#orders.delete(this.#orders.keys().next().value ?? '');
    return known;
  }

  /** The events of the order after one and up to another one, the oldest first; none when that one is not in the history. */
  async #between(subject: string, after: string | undefined, upTo: string): Promise<Past[]> {
    const events: Past[] = [];
    let isReached = false;
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = pageForm.safeParse(await this.#api.call('GET', `/api/events/history${query({ subject, limit: String(PAGE), cursor })}`));
      if (!answer.success) throw new NoAnswer('The answer is not a page of events.', 'Check that the address is that of Commerce Coordinator.');
      for (const event of answer.data.items) {
        if (event.eventId === after) return isReached ? events.reverse() : [];
        isReached ||= event.eventId === upTo;
        if (isReached && event.subject === subject) events.push(event);
      }
      cursor = answer.data.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
    return events.reverse();
  }
}

function pastOf({ eventId, eventType: type, timestamp: occurredAt, correlationId, data, subject = '' }: Past) {
  return { eventId, type, occurredAt, correlationId, data, subject };
}
