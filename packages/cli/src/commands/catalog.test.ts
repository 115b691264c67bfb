import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { json, ran, SECRET, startServer } from '../test-world.ts';
import type { TestServer } from '../test-world.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const TYPE = {
  type: 'PaymentInitiated', constant: 'PAYMENT_INITIATED', webhook: 'payment.initiated', otherNames: ['PAYMENT_PROCESSING'], description: 'It began.', visibility: 'published', isExternal: true, currentVersion: 'v2',
  topic: { name: 'payment-events', partitions: 12, retentionDays: 2_555, description: 'x' }, versions: [{ version: 'v1', schema: 'x' }, { version: 'v2', schema: 'y' }],
  producers: [{ service: 'commerce-coordinator', extension: 'payments', source: 'payment-service' }], readers: [{ handler: 'payments.charge', kind: 'effect', service: 'x' }], unheard: null, takenFrom: [],
  counts: { events: 7, lastAt: '2030-01-01T00:00:00.000Z', since: '2029-12-31T00:00:00.000Z' },
};
const catalog = (...argv: string[]) => ran(['catalog', ...argv, '--cc', server.url, '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: SECRET } });

describe('cli catalog', () => {
  test('lists types with who tells them and how many hear them', async () => {
    server.react = (_, response) => json(response, 200, { items: [TYPE, { ...TYPE, type: 'JobFailed', counts: null }] });
    const { code, out } = await catalog('list', '--topic', 'payment-events', '--text', 'it began');
    expect([code, server.seen.at(-1)?.url]).toEqual([0, '/api/catalog?topic=payment-events&text=it+began']);
    expect(out).toContain('PaymentInitiated  payment.initiated  payment-events  v2       payment-service  1         7\n');
    expect(out).toMatch(/JobFailed .* -\n/);
    server.react = (_, response) => json(response, 200, { items: [] });
    expect((await catalog('list')).out).toBe('No type of event is like that.\n');
  });

  test('shows a type by any of its names', async () => {
    server.react = (_, response) => json(response, 200, TYPE);
    const { out } = await catalog('show', 'payment.initiated');
    expect(server.seen.at(-1)?.url).toBe('/api/catalog/payment.initiated');
    for (const line of ['names       PAYMENT_INITIATED payment.initiated PAYMENT_PROCESSING', 'versions    v1 v2 (current)', 'from        payment-service, and from outside (POST /api/events)', 'heard by    payments.charge', 'taken from  -']) expect(out).toContain(line);
  });

  test('prints the schema of the version that is asked for, else of the current one', async () => {
    server.react = ({ url }, response) => json(response, 200, url.endsWith('/schema') ? { title: url } : TYPE);
    expect(JSON.parse((await catalog('schema', 'PAYMENT_PROCESSING')).out)).toEqual({ title: '/api/catalog/PAYMENT_PROCESSING/versions/v2/schema' });
    expect(JSON.parse((await catalog('schema', 'PaymentInitiated', '--of-version', 'v1')).out)).toEqual({ title: '/api/catalog/PaymentInitiated/versions/v1/schema' });
    expect((await catalog('schema')).code).toBe(2);
  });
});
