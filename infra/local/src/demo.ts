// `pnpm demo`: the main job on real orders, from an empty folder to a checked result, beside whatever else is running.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLedgers, readLogFigures, readOutcomes, readStory } from './demo/accounts.ts';
import { createApi } from './demo/api.http.ts';
import type { Api } from './demo/api.http.ts';
import { readArguments, USAGE } from './demo/arguments.ts';
import type { DemoArguments } from './demo/arguments.ts';
import { audit } from './demo/audit.ts';
import { COMPARE_OFTEN, dropShare, readDrops } from './demo/drops.ts';
import { killBoth } from './demo/kills.ts';
import { readOrders } from './demo/orders-file.ts';
import type { OrdersFile } from './demo/orders-file.ts';
import { placeOrders, readAllOrders, waitUntilSettled } from './demo/orders-run.ts';
import type { Progress, RefusedLine, SettledOrder } from './demo/orders-run.ts';
import { showProgress } from './demo/progress-line.ts';
import { failures, summary } from './demo/summary.ts';
import type { Result } from './demo/summary.ts';
import { timelineTree } from './demo/timeline-tree.ts';
import { northwindFile, readProducts, splitByProvider } from './northwind.ts';
import { FREE_PORTS, startStack } from './stack.ts';
import type { Stack } from './stack.ts';
import type { Supervisor } from './supervisor.ts';

const asked = new AbortController();
process.on('SIGINT', giveUp).on('SIGTERM', giveUp).on('SIGHUP', giveUp);

function giveUp(): void {
  if (asked.signal.aborted) process.exit(130);
  asked.abort(new Error('given up'));
}

async function main(given: DemoArguments): Promise<number> {
  const file = readOrders(readFileSync(given.ordersFile ?? northwindFile('orders.jsonl'), 'utf8'));
  for (const { line, why } of file.malformed) console.log(`line ${line} is no order and is left out: ${why}`);
  const directory = mkdtempSync(join(tmpdir(), 'commerce-demo-'));
  let sound = false;
  try {
    sound = await onStack(directory, given, async (stack) => isSound(await run(stack, file, given), given));
    return sound ? 0 : 1;
  } finally {
    if (sound && !given.keep) rmSync(directory, { recursive: true, force: true });
    else console.log(`\nDatabases and logs are left in ${directory}`);
  }
}

async function onStack(directory: string, { drop }: DemoArguments, act: (stack: Stack) => Promise<boolean>): Promise<boolean> {
  const began = performance.now();
  const stack = await startStack({
    dataDirectory: directory, ports: FREE_PORTS, bySku: splitByProvider(readProducts()), lmsFaults: process.env['LMS_FAULTS'], paymentsFaults: process.env['PAYMENTS_FAULTS'], environment: withoutServer(), signal: asked.signal,
    ...(drop > 0 && { serviceEnvironment: { cc: COMPARE_OFTEN } }),
  });
  try {
    console.log(`The stack is ready after ${((performance.now() - began) / 1_000).toFixed(1)} s: Commerce Coordinator ${stack.description.cc}, Order Fulfillment ${stack.description.of}`);
    return await act(stack);
  } finally {
    await stack.stop();
  }
}

/** The demo has its own database; a server of the user's is left alone. */
function withoutServer(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _ignored, ...rest } = process.env;
  return rest;
}

async function run({ description, supervisor }: Stack, file: OrdersFile, given: DemoArguments): Promise<Result> {
  const timeout = AbortSignal.timeout(given.timeoutMs);
  const ended = new AbortController();
  const signal = AbortSignal.any([asked.signal, timeout, ended.signal]);
  const apiOf = (clientId: string, service: string): Api => createApi({ issuer: description.issuer, clientId, secret: description.clients[clientId]?.secret ?? '', service, signal });
  const [cc, of] = [apiOf('storefront', description.cc), apiOf('commerce-coordinator', description.of)];
  const progress = { accepted: 0, settled: 0 };
  try {
    if (given.drop > 0) await dropShare(description, given.drop);
    const refused = await placeAndWait(cc, supervisor, file, given, progress, signal);
    const orders = await readAllOrders(cc);
    await tellStory(cc, description, orders);
    const restarts = supervisor.statuses().reduce((sum, status) => sum + status.restarts, 0);
    const drops = given.drop > 0 ? await readDrops(cc, description, signal) : undefined;
    return { malformed: file.malformed.length, refused, orders, restarts, drops, log: await readLogFigures(description), audit: await compare(of, description, orders) };
  } catch (error) {
    if (timeout.aborted) throw new Error(timeoutMessage(given.timeoutMs, progress, [cc, of]), { cause: error });
    throw error;
  } finally {
    ended.abort();
  }
}

function timeoutMessage(timeoutMs: number, { accepted, settled }: Progress, apis: readonly Api[]): string {
  const troubles = apis.flatMap((api) => api.lastTrouble() ?? []);
  return [`After ${timeoutMs / 1_000} s only ${settled} of ${accepted} accepted orders were settled.`, ...troubles.map((trouble) => `Last trouble: ${trouble}`)].join('\n');
}

async function placeAndWait(cc: Api, supervisor: Supervisor, file: OrdersFile, given: DemoArguments, progress: Progress, signal: AbortSignal): Promise<RefusedLine[]> {
  const total = file.orders.length;
  console.log(`Placing ${total} orders …`);
  const endProgress = showProgress(progress, total, process.stdout);
  try {
    let accepting = true;
    const placing = placeOrders(cc, file.orders, progress).finally(() => (accepting = false));
    const killing = given.kill ? killBoth(supervisor, progress, total, (text) => console.log(`\n  ${text}`), signal) : undefined;
    const [refused] = await Promise.all([placing, waitUntilSettled(cc, progress, () => accepting, signal), killing]);
    return refused;
  } finally {
    endProgress();
  }
}

async function tellStory(cc: Api, description: Stack['description'], orders: readonly SettledOrder[]): Promise<void> {
  const order = exampleOf(orders);
  if (order === undefined) return;
  const story = await readStory(cc, description, order.orderId);
  console.log(`\nOrder ${order.orderNumber}, ${order.lines.length} lines, ${order.status}:\n${timelineTree(story).map((line) => `  ${line}`).join('\n')}\n`);
}

/** An order that goes through all three providers, if there is one: the story worth telling. */
function exampleOf(orders: readonly SettledOrder[]): SettledOrder | undefined {
  const split = splitByProvider(readProducts());
  const providersOf = ({ lines }: SettledOrder): number => new Set(lines.map(({ sku }) => split[sku])).size;
  return orders.toSorted((a, b) => providersOf(b) - providersOf(a) || a.orderNumber - b.orderNumber)[0];
}

async function compare(of: Api, description: Stack['description'], orders: readonly SettledOrder[]) {
  const outcomes = await readOutcomes(of);
  const audited = orders.map(({ orderId, orderNumber, lines }) => ({ orderId, orderNumber, sold: lines, outcome: outcomes.get(orderId) ?? [] }));
  return audit(audited, await readLedgers(description));
}

function isSound(result: Result, { kill }: DemoArguments): boolean {
  console.log(summary(result).join('\n'));
  const sound = failures(result).length === 0 && (!kill || result.restarts >= 2);
  console.log(sound ? '\nAll is well.' : '\nNot all is well.');
  return sound;
}

try {
  const given = readArguments(process.argv.slice(2));
  if (given === undefined) console.log(USAGE);
  else process.exitCode = await main(given);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
