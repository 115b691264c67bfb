/** What the kit has asked for, and for whom: every fulfillment that was answered to the client whose it is. */
import { randomUUID } from 'node:crypto';
import type { Credential } from '../credentials.http.ts';
import type { Answer } from '../exchange.http.ts';
import type { Exchange } from '../promise.ts';

export interface Entry {
  readonly fulfillmentId: string;
  readonly orderId: string;
  readonly owner: Credential;
}

/** What was asked for, in the request that was first answered with the fulfillment. */
export interface Asked {
  readonly lines: readonly LineShape[];
  readonly exchange: Exchange;
}

/** What is the same of a line wherever it is shown or told. */
export interface LineShape {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** One text for these lines, whatever their order: equal when the lines are. */
export function shapeOf(lines: readonly LineShape[]): string {
  return lines.map(({ lineId, sku, quantity }) => JSON.stringify([lineId, sku, quantity])).toSorted().join();
}

/** The correlation id of every request that the kit makes about an order of its own: the UUID with which the order's id ends. */
export function flowOf(orderId: string): string {
  return orderId.slice(-36);
}

export class Book {
  /** Begins the id of every order of this run; what a run before has left is not taken down. */
  readonly prefix = `conformance-${randomUUID()}-`;
  readonly #entries = new Map<string, Entry>();
  readonly #asked = new Map<string, Asked>();

  /** Takes down the fulfillment of an answer, and those inside of it; anything else is left alone. */
  note(answer: any, owner: Credential): void {
    for (const found of [answer, ...listOf(answer?.items), ...listOf(answer?.fulfillments), ...listOf(answer?.results).map((result) => result?.body)]) {
      const { fulfillmentId, orderId, clientId } = found ?? {};
      if (typeof fulfillmentId !== 'string' || typeof orderId !== 'string' || clientId !== owner.clientId) continue;
      if (orderId.startsWith(this.prefix) && !this.#entries.has(fulfillmentId)) this.#entries.set(fulfillmentId, { fulfillmentId, orderId, owner });
    }
  }

  /** Takes down what a request for a fulfillment, or each of a batch, has asked for. */
  noteAsked(request: any, { json, exchange }: Answer): void {
    const pairs = Array.isArray(request?.items) ? request.items.map((item: any, index: number) => [item?.request, json?.results?.[index]?.body]) : [[request, json]];
    for (const [asked, answered] of pairs) {
      if (!Array.isArray(asked?.lines) || typeof answered?.fulfillmentId !== 'string' || answered.orderId !== asked.orderId) continue;
      if (!this.#asked.has(answered.fulfillmentId)) this.#asked.set(answered.fulfillmentId, { lines: asked.lines, exchange });
    }
  }

  asked(fulfillmentId: string): Asked | undefined {
    return this.#asked.get(fulfillmentId);
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  find(fulfillmentId: string): Entry | undefined {
    return this.#entries.get(fulfillmentId);
  }
}

function listOf(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}
