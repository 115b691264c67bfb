/**
 * acme asks for the fulfillment of an order, each request signed with its key:
 * `node docs/examples/acme/ask.ts <address of Order Fulfillment> <keyid> <file of the private key> <order id>`
 */
import { readFileSync } from 'node:fs';
import { createFulfillmentClient, signingKey } from '@commerce/fulfillment-client';

const [baseUrl = '', keyid = '', keyFile = '', orderId = ''] = process.argv.slice(2);
const credentials = signingKey({ keyid, alg: 'ed25519', privateKey: readFileSync(keyFile, 'utf8') });
const client = createFulfillmentClient({ baseUrl, credentials });
try {
  const order = { orderId, orderNumber: 1, customer: { id: 'wile-e' }, lines: [{ lineId: '1', sku: 'ROCKET', quantity: 1, kind: 'digital' }] };
  const { fulfillment } = await client.request(order, { idempotencyKey: `fulfil/${orderId}`, correlationId: crypto.randomUUID() });
  process.stdout.write(`${fulfillment.fulfillmentId} ${fulfillment.status}\n`);
} finally {
  await client.close();
}
