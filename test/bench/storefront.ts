/**
 * A client that places orders as fast as it is answered, or at a rate. Distinct orders of real shape: three lines each.
 */
import { randomUUID } from 'node:crypto';
import type { Stack } from '@commerce/local-stack/stack';
import { Pool } from 'undici';

/** A token of a client for a service, by client credentials. */
export async function tokenOf(stack: Stack, clientId: string, resource: string): Promise<string> {
  const { issuer, clients } = stack.description;
  const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as { token_endpoint: string };
  const secret = clients[clientId]?.secret ?? '';
  const answer = await fetch(discovery.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`The issuer gave no token: ${answer.status}`);
  return token;
}

const LINES = [
  { sku: 'NW-11', name: 'Queso Cabrales', quantity: 12, unitPrice: '14.00', discount: '0' },
  { sku: 'NW-42', name: 'Singaporean Hokkien Fried Mee', quantity: 10, unitPrice: '9.80', discount: '0.05' },
  { sku: 'NW-72', name: 'Mozzarella di Giovanni', quantity: 5, unitPrice: '34.80', discount: '0' },
];

/** The body of an order. */
export const ORDER = JSON.stringify({ customerId: 'VINET', currency: 'USD', freight: '32.38', lines: LINES });

export class Storefront {
  readonly #pool: Pool;
  readonly #token: string;

  private constructor(pool: Pool, token: string) {
    this.#pool = pool;
    this.#token = token;
  }

  static async open(stack: Stack, connections: number): Promise<Storefront> {
    return new Storefront(new Pool(stack.description.cc, { connections, bodyTimeout: 10_000, headersTimeout: 10_000 }), await tokenOf(stack, 'storefront', stack.description.cc));
  }

  /** Milliseconds until the order was accepted, or undefined when it was turned away for now (429). */
  async place(): Promise<number | undefined> {
    const startedAtMs = performance.now();
    const { statusCode, body } = await this.#pool.request({
      method: 'POST', path: '/orders',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: ORDER,
    });
    if (statusCode === 429) {
      await body.dump();
      return undefined;
    }
    if (statusCode !== 202) throw new Error(`POST /orders answered ${statusCode}: ${await body.text()}`);
    await body.dump();
    return performance.now() - startedAtMs;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
