/** Webhooks by autocannon, at a pace or as many as it takes. */
import autocannon from 'autocannon';
import { percentile } from '../table.ts';
import type { SignedWebhook } from './webhooks.ts';

export interface Load {
  readonly connections: number;
  readonly seconds: number;
  /** In all, per second; as many as it takes when left out. */
  readonly rate?: number;
}

export interface Measured {
  /** The ids of those that were answered 2xx. */
  readonly taken: readonly string[];
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, by their status, and requests without one under `none`. */
  readonly errors: Readonly<Record<string, number>>;
}

/** `url` with its path. */
export async function fire(url: string, next: () => SignedWebhook, { connections, seconds, rate }: Load): Promise<Measured> {
  const times: number[] = [];
  const taken: string[] = [];
  const errors: Record<string, number> = {};
  const count = (kind: string): void => void (errors[kind] = (errors[kind] ?? 0) + 1);
  const startedAtMs = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const running = autocannon({
    url, connections, duration: seconds, timeout: 10, ...(rate !== undefined && { overallRate: rate }),
    requests: [{ method: 'POST', setupRequest: (request, context) => ({ ...request, ...pick(next(), context as Sent) }), onResponse: (status, _body, context) => void (succeeded(status) && taken.push((context as Sent).id)) }],
  }, (error: unknown) => (error ? reject(error) : resolve()));
  running.on('response', (_client, statusCode, _bytes, responseMs) => {
    if (succeeded(statusCode)) times.push(responseMs);
    else count(String(statusCode));
  });
  running.on('reqError', () => count('none'));
  await promise;
  const sorted = times.toSorted((a, b) => a - b);
  return { taken, perSecond: (times.length * 1_000) / (performance.now() - startedAtMs), p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), errors };
}

/** What one connection has under way: it sends the next one after the answer. */
interface Sent {
  id: string;
}

function pick({ id, body, headers }: SignedWebhook, sent: Sent): { body: string; headers: Record<string, string> } {
  sent.id = id;
  return { body, headers: { ...headers } };
}

function succeeded(status: number): boolean {
  return status >= 200 && status < 300;
}
