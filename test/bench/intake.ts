/** Orders accepted: each answered 202 after its order and its events are durable. */
import type { Stack } from '@commerce/local-stack/stack';
import type { Done } from './harness/rounds.ts';
import { Storefront } from './storefront.ts';

export interface Load {
  readonly seconds: number;
  readonly connections: number;
}

export async function acceptOrders(stack: Stack, { seconds, connections }: Load): Promise<Done> {
  const storefront = await Storefront.open(stack, connections);
  const startedAtMs = performance.now();
  const latenciesMs = await closedLoop(storefront, connections, seconds * 1000);
  const tookMs = performance.now() - startedAtMs;
  await storefront.close();
  return { count: latenciesMs.length, tookMs, latenciesMs };
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
