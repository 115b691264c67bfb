/** Figures as Prometheus reads them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byToken } from './auth.ts';
import { createHttpServer } from './http-server.ts';
import type { HttpServer } from './http-server.ts';
import { createLogger } from './logging.ts';
import { addMetricsRoute, Distributions, requestFigures } from './metrics.ts';
import { systemPorts } from './ports.ts';
import { namedTokens } from './test-tokens.ts';

const requests = requestFigures();
const sizes = new Distributions();
let server: HttpServer;
let url: string;

beforeAll(async () => {
  const logger = createLogger({ name: 'test', level: 'silent' });
  server = await createHttpServer({ name: 'Test', version: '1', logger, auth: byToken(namedTokens), issuer: 'http://127.0.0.1:1', ports: systemPorts({ uuid: () => crypto.randomUUID() }), requestFigures: requests });
  addMetricsRoute(server.app, {
    logger,
    sources: [
      requests.source,
      () => [sizes.figure('commerce_sizes', 'Sizes.'), { kind: 'counter', name: 'commerce_things_total', help: 'Things.', samples: [{ labels: { kind: 'a "quoted"\nname' }, value: 3 }] }],
      () => Promise.reject(new Error('The database is not there.')),
    ],
  });
  ({ url } = await server.listen({ port: 0 }));
});
afterAll(() => server.drain({ graceMs: 1_000 }));

const scrape = async (): Promise<string[]> => (await (await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer prometheus;metrics:read' } })).text()).split('\n');

test('a distribution is a histogram, a group of figures that cannot be had is counted, and the rest is answered', async () => {
  for (const seconds of [0.0005, 0.02, 0.02, 60]) sizes.add('a', () => ({ name: 'a' }), seconds);
  const lines = await scrape();
  expect(lines).toEqual(expect.arrayContaining([
    '# TYPE commerce_sizes histogram', 'commerce_sizes_bucket{name="a",le="0.001"} 1', 'commerce_sizes_bucket{name="a",le="0.025"} 3', 'commerce_sizes_bucket{name="a",le="10"} 3', 'commerce_sizes_bucket{name="a",le="+Inf"} 4',
    'commerce_sizes_count{name="a"} 4', '# TYPE commerce_things_total counter', 'commerce_things_total{kind="a \\"quoted\\"\\nname"} 3', 'commerce_metrics_faults 1',
  ]));
});

test('requests are counted by the pattern of their route, and what no route knows under none', async () => {
  await fetch(`${url}/made-up/${crypto.randomUUID()}`, { method: 'DELETE' });
  await fetch(`${url}/metrics`);
  const lines = await scrape();
  const counted = lines.filter((line) => line.startsWith('commerce_http_request_seconds_count')).map((line) => line.split(' ')[0]);
  expect(counted.toSorted()).toEqual(['200', '401'].map((status) => `commerce_http_request_seconds_count{method="GET",route="/metrics",status="${status}"}`).concat('commerce_http_request_seconds_count{method="none",route="none",status="404"}').toSorted());
});
