/** Orders accepted: each answered 202 after its order and its events are durable. */
import type { Stack } from '@commerce/local-stack/stack';
import { watchCpu } from './cpu.ts';
import { Storefront } from './storefront.ts';
import { percentile } from './table.ts';

export interface Accepted {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly foreignShare: number;
}

export async function acceptOrders(stack: Stack, options: { seconds: number; connections: number }): Promise<Accepted> {
  const storefront = await Storefront.open(stack, options.connections);
  await closedLoop(storefront, options.connections, 500);
  const cpu = watchCpu(stack);
  const startedAtMs = performance.now();
  const latencies = await closedLoop(storefront, options.connections, options.seconds * 1000);
  const tookMs = performance.now() - startedAtMs;
  const { ownMs, foreignShare } = cpu();
  await storefront.close();
  latencies.sort((a, b) => a - b);
  return {
    perSecond: (latencies.length * 1000) / tookMs, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99),
    cpuMicros: (ownMs * 1000) / latencies.length, foreignShare,
  };
}

/** `connections` customers, each of which orders anew as soon as it is answered, for `ms`. */
export async function closedLoop(storefront: Storefront, connections: number, ms: number): Promise<number[]> {
  const end = performance.now() + ms;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        const took = await storefront.place();
        if (took === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
        else latencies.push(took);
      }
    }),
  );
  return latencies;
}
