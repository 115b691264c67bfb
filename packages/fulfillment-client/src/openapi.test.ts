/** The client reads all that the published API may answer. */
import { expect, test } from '@jest/globals';
import { createFulfillmentClient } from './client.ts';
import type { operations } from './openapi.ts';
import { fixedTokens, json, startServer } from './test-servers.ts';

type Answer<Operation extends keyof operations, Status extends keyof operations[Operation]['responses']> =
  operations[Operation]['responses'][Status] extends { content: { 'application/json': infer Body } } ? Body : never;

/** With every member that may be there. */
type Whole<T> = T extends readonly (infer Item)[] ? Whole<Item>[] : T extends object ? { [Key in keyof T]-?: Whole<T[Key]> } : T;

test('every member of what the API publishes arrives', async () => {
  // A member that is new in the API is missing here, and tsc says so.
  const reason = { code: 'deadline_passed', message: 'Too late.' };
  const fulfillment: Whole<Answer<'readFulfillment', 200>> = {
    fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', clientId: 'acme', orderId: 'order-1', orderNumber: 1, status: 'partial', version: 7,
    createdAt: '2026-11-21T10:00:00.000Z', updatedAt: '2026-11-21T10:00:01.000Z', startAt: '2026-11-21T12:00:00.000Z', notAfter: '2026-11-22T10:00:00.000Z', acknowledgedVersion: 6, reason,
    lines: [{
      lineId: '1', sku: 'NW-1', quantity: 2, provider: 'warehouse', status: 'fulfilled', reason, reference: 'box 7', tracking: { carrier: 'Northwind Post', trackingNumber: 'NP0000012' },
    }],
  };
  const capabilities: Whole<Answer<'readCapabilities', 200>> = { batch: { maxItems: 100 }, lifecycle: ['cancel', 'revoke'], authentication: ['oauth', 'signature'] };
  const server = await startServer((response, { path }) => json(response, 200, path === '/v1/capabilities' ? capabilities : fulfillment));
  const client = createFulfillmentClient({ baseUrl: server.url, credentials: fixedTokens() });
  expect(await client.get(fulfillment.fulfillmentId)).toEqual(fulfillment);
  expect(await client.capabilities()).toMatchObject(capabilities);
  await client.close();
  await server.close();
});
