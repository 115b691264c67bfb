/**
 * Orders accepted: each answered 202 after its order and its events are durable. Driven by wrk where it is installed, for a
 * client in Node takes as much of the machine as the service; else by a loop here.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '@commerce/local-stack/stack';
import type { Done } from './harness/rounds.ts';
import { ORDER, Storefront, tokenOf } from './storefront.ts';

export interface Load {
  readonly seconds: number;
  readonly connections: number;
}

/** Who places the orders here. */
export const DRIVER = spawnSync('wrk', ['--version']).error === undefined ? 'wrk' : 'a loop in Node';

export function acceptOrders(stack: Stack, load: Load): Promise<Done> {
  return DRIVER === 'wrk' ? byWrk(stack, load) : byLoop(stack, load);
}

async function byWrk(stack: Stack, { seconds, connections }: Load): Promise<Done> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const script = join(folder, 'orders.lua');
    await writeFile(script, wrkScript(await tokenOf(stack, 'storefront', stack.description.cc), `${process.pid}-${performance.now()}`), { mode: 0o600 });
    const output = await outputOf('wrk', ['-t', '1', '-c', String(connections), '-d', String(seconds), '--timeout', '10', '-s', script, `${stack.description.cc}/orders`], (seconds + 30) * 1000);
    const [, orders, refused, tookMs, p50Ms, p99Ms] = /figures (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+)/.exec(output)?.map(Number) ?? [];
    if (orders === undefined || tookMs === undefined || p50Ms === undefined || p99Ms === undefined || refused !== 0) throw new Error(`wrk did not end well:\n${output}`);
    return { count: orders, tookMs, p50Ms, p99Ms };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each request has a key of its own. The figures are printed on one line: orders, refusals, then milliseconds. */
function wrkScript(token: string, run: string): string {
  return `wrk.method = "POST"
wrk.body = [==[${ORDER}]==]
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer ${token}"
local n = 0
request = function() n = n + 1; wrk.headers["idempotency-key"] = "${run}-" .. n; return wrk.format() end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("figures %d %d %.3f %.3f %.3f\\n", summary.requests, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
`;
}

async function outputOf(command: string, parameters: readonly string[], timeoutMs: number): Promise<string> {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return output.join('');
}

async function byLoop(stack: Stack, { seconds, connections }: Load): Promise<Done> {
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
