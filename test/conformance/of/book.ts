/** What the kit has asked for, and for whom: every fulfillment that was answered to the client whose it is. */
import { randomUUID } from 'node:crypto';
import type { Credential } from '../credentials.http.ts';

export interface Entry {
  readonly fulfillmentId: string;
  readonly orderId: string;
  readonly owner: Credential;
}

export class Book {
  /** Begins the id of every order of this run; what a run before has left is not taken down. */
  readonly prefix = `conformance-${randomUUID()}-`;
  readonly #entries = new Map<string, Entry>();

  /** Takes down the fulfillment of an answer, and those inside of it; anything else is left alone. */
  note(answer: any, owner: Credential): void {
    for (const found of [answer, ...listOf(answer?.items), ...listOf(answer?.fulfillments), ...listOf(answer?.results).map((result) => result?.body)]) {
      const { fulfillmentId, orderId, clientId } = found ?? {};
      if (typeof fulfillmentId !== 'string' || typeof orderId !== 'string' || clientId !== owner.clientId) continue;
      if (orderId.startsWith(this.prefix) && !this.#entries.has(fulfillmentId)) this.#entries.set(fulfillmentId, { fulfillmentId, orderId, owner });
    }
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
