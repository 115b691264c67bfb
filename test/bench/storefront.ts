/**
 * A client that places orders as fast as it is answered, or at a rate. Distinct orders of real shape: three lines each.
 */
import { randomUUID } from 'node:crypto';
import type { Stack } from '@commerce/local-stack/stack';
import { bodyPart, KeptConnections, postHead } from './harness/kept-connections.ts';

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

/** A client that places such orders, each under a key of its own. */
export class Storefront {
  readonly #connections: KeptConnections;
  /** Of each request: what stands before its key, and behind it. */
  readonly #parts: readonly [before: string, after: string];
  #placed = 0;

  private constructor(connections: KeptConnections, parts: readonly [string, string]) {
    this.#connections = connections;
    this.#parts = parts;
  }

  static async open(stack: Stack, connections: number): Promise<Storefront> {
    const { cc } = stack.description;
    const head = postHead(cc, '/orders', { authorization: `Bearer ${await tokenOf(stack, 'storefront', cc)}`, 'content-type': 'application/json' });
    return new Storefront(await KeptConnections.open(cc, connections), [`${head}idempotency-key: ${randomUUID()}-`, `\r\n${bodyPart(ORDER)}`]);
  }

  /** Milliseconds until the order was accepted, or undefined when it was turned away for now (429, 503). */
  async place(): Promise<number | undefined> {
    const startedAtMs = performance.now();
    const [before, after] = this.#parts;
    const { status, body } = await this.#connections.ask(`${before}${(this.#placed += 1)}${after}`);
    if (status === 429 || status === 503) return undefined;
    if (status !== 202) throw new Error(`POST /orders answered ${status}: ${body}`);
    return performance.now() - startedAtMs;
  }

  /** Waits for what was placed before. */
  close(): Promise<void> {
    return this.#connections.close();
  }
}
