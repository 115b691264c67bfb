import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { json, ran, SECRET, startServer } from '../test-world.ts';
import type { TestServer } from '../test-world.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const FIGURES = {
  window: '1h', from: '2030-01-01T00:00:00.000Z', to: '2030-01-01T01:00:00.000Z', relativeError: 0.02, pending: 0,
  types: [{ type: 'OrderCreated', count: 7_200, perSecond: 2, late: 3 }],
  steps: [{ step: 'paid_to_fulfilled', from: 'PaymentProcessed', to: 'OrderFulfilled', count: 7_000, perSecond: 1.944, late: 0, meanMs: 812.4, p50Ms: 640.2, p95Ms: 61_000, p99Ms: 7_200_000 }],
};
const analytics = (...argv: string[]) => ran(['analytics', ...argv, '--cc', server.url, '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: SECRET } });

test('cli analytics prints counts, rates and times of steps over the range that was asked for', async () => {
  server.react = (_, response) => json(response, 200, FIGURES);
  const { code, out } = await analytics('--window', '1h', '--from', '2030-01-01T00:00:00Z', '--measure', 'OrderCreated');
  expect([code, server.seen.at(-1)?.url]).toEqual([0, '/api/analytics?window=1h&from=2030-01-01T00%3A00%3A00.000Z&measure=OrderCreated']);
  expect(out).toMatch(/^2030-01-01T00:00:00\.000Z to 2030-01-01T01:00:00\.000Z\n/);
  expect(out).toMatch(/OrderCreated +7200 +2 +3\n/);
  expect(out).toMatch(/paid_to_fulfilled +7000 +812 ms +640 ms +61\.0 s +120\.0 min\n/);
  server.react = (_, response) => json(response, 200, { ...FIGURES, types: [], steps: [], pending: 2 });
  expect((await analytics()).out).toContain('and 2 batches that follow in a moment\nNothing was counted.\n');
  expect(JSON.parse((await analytics('--json')).out)).toMatchObject({ pending: 2 });
  expect((await analytics('--from', 'yesterday')).code).toBe(2);
});
