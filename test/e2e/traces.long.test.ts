/** One trace for one order: both services as they run, and a collector of OpenTelemetry that is a plain HTTP server. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { tokenOf } from '../kit/tokens.ts';

interface Span {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Ids of the traces that it is linked to. */
  readonly links: readonly string[];
}

const spans: Span[] = [];
/** What came to the webhook: its event, and the trace it was told. */
const hooks: { readonly event: string; readonly traceparent: string | undefined }[] = [];
let collector: Server;
let pair: Pair;

/** What OTLP sends as JSON. */
function take(body: any): void {
  for (const { resource, scopeSpans } of body.resourceSpans) {
    const service = resource.attributes.find(({ key }: { key: string }) => key === 'service.name').value.stringValue;
    for (const { spans: told } of scopeSpans) {
      for (const { traceId, spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, links = [] } of told) {
        spans.push({ service, traceId, spanId, parentSpanId: parentSpanId === '' ? undefined : parentSpanId, name, startMs: Number(startTimeUnixNano) / 1e6, endMs: Number(endTimeUnixNano) / 1e6, links: links.map((link: { traceId: string }) => link.traceId) });
      }
    }
  }
}

beforeAll(async () => {
  collector = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      if (request.url === '/hook') {
        hooks.push({ event: String(request.headers['x-webhook-event']), traceparent: request.headers['traceparent'] as string | undefined });
        return void response.end();
      }
      expect([request.url, request.headers['content-type']]).toEqual(['/v1/traces', 'application/json']);
      take(JSON.parse(Buffer.concat(parts).toString()));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: url };
  pair = await startPair({ environment: { cc: environment, of: environment } });
  await pair.operator.call(z.unknown(), 'POST', '/api/webhooks/register', { body: { url: `${url}/hook`, events: ['order.completed', 'order.refunded'] }, idempotencyKey: 'traced' });
}, 90_000);
afterAll(async () => {
  await pair?.stop();
  collector?.closeAllConnections();
  collector?.close();
}, 60_000);

test('an order is one trace, from its request over both services back to its completion, and every span has its parent in it', async () => {
  const orderId = await pair.place('A');
  const [order] = await pair.settled([orderId]);
  expect(order?.status).toBe('completed');
  const wanted = ['orders.complete', 'publish FulfillmentCompleted', 'receive FulfillmentCompleted', 'notifications.send', 'deliver order.completed'];
  const own = await eventually('the spans of the order', async () => {
    const root = spans.find(({ name, service }) => name === 'POST /orders' && service === 'commerce-coordinator');
    const found = spans.filter(({ traceId }) => traceId === root?.traceId);
    return wanted.every((name) => found.some((span) => span.name === name)) ? found : undefined;
  });
  const byId = new Map(own.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(own.length);
  // One has no parent: the request that began it.
  expect(own.filter(({ parentSpanId }) => parentSpanId === undefined).map(({ name }) => name)).toEqual(['POST /orders']);
  expect(own.filter(({ parentSpanId }) => parentSpanId !== undefined && !byId.has(parentSpanId)).map(({ name, service }) => `${service} ${name}`)).toEqual([]);
  const wayTo = (name: string): string[] => {
    const way: string[] = [];
    for (let span = own.find((one) => one.name === name); span !== undefined; span = byId.get(span.parentSpanId ?? '')) way.unshift(`${span.service === 'order-fulfillment' ? 'OF' : 'CC'} ${span.name}`);
    return way;
  };
  const toRequest = ['CC POST /orders', 'CC inventory.reserve', 'CC payments.process', 'CC payments.charge', 'CC fulfillment.request'];
  const way = wayTo('orders.complete');
  expect(way.slice(0, 5)).toEqual(toRequest);
  expect(way[5]).toMatch(/^OF POST \/v1\/fulfillments/);
  expect(way.slice(-5)).toEqual(['OF publish FulfillmentCompleted', 'CC receive FulfillmentCompleted', 'CC shipping.create', 'CC orders.ship', 'CC orders.complete']);
  expect(own.every(({ startMs, endMs }) => endMs >= startMs)).toBe(true);
  // And on to the webhook, which is told the span of its attempt.
  expect(wayTo('deliver order.completed').slice(-2)).toEqual(['CC webhooks.fan_out', 'CC deliver order.completed']);
  const [first] = own;
  expect(hooks).toEqual([{ event: 'order.completed', traceparent: `00-${first?.traceId}-${own.find(({ name }) => name === 'deliver order.completed')?.spanId}-01` }]);
  // A later act is a trace of its own, which leads back to this one, and goes on to the webhook too.
  await pair.operator.call(z.unknown(), 'POST', `/orders/${orderId}/refund`, { body: { reason: { code: 'sent_back' } } });
  const act = await eventually('the spans of the act', async () => {
    const root = spans.find(({ name }) => name === 'POST /orders/:orderId/refund');
    return spans.some(({ name, traceId }) => name === 'deliver order.refunded' && traceId === root?.traceId) ? root : undefined;
  });
  expect([act.traceId === first?.traceId, act.links]).toEqual([false, [first?.traceId]]);
  // What another order causes is another trace.
  await pair.settled([await pair.place('A')]);
  await eventually('its trace', async () => (new Set(spans.filter(({ name }) => name === 'orders.complete').map(({ traceId }) => traceId)).size === 2 ? true : undefined));
}, 60_000);

test('both services show their figures to whoever has the scope', async () => {
  for (const service of ['cc', 'of'] as const) {
    const url = pair.stack.description[service];
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${await tokenOf(pair.stack.description, 'operator', url)}` } });
    const text = await answer.text();
    expect([service, answer.status]).toEqual([service, 200]);
    for (const name of ['commerce_handler_runs_total', 'commerce_handler_seconds_bucket', 'commerce_reader_lag_seconds', 'commerce_log_events_total', 'commerce_http_request_seconds_count']) expect(`${service} ${text}`).toContain(`\n${name}{`.replace('total{', 'total').replace('_runs_total', '_runs_total{'));
    expect(text).toContain('\ncommerce_metrics_faults 0\n');
  }
});
