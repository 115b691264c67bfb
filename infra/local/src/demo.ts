// `pnpm demo`: the main job on real orders, from an empty folder to a checked result, beside whatever else is running.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readArguments, USAGE } from './demo/arguments.ts';
import type { DemoArguments } from './demo/arguments.ts';
import { COMPARE_OFTEN } from './demo/drops.ts';
import { readOrders } from './demo/orders-file.ts';
import { planOf } from './demo/plan.ts';
import type { Plan } from './demo/plan.ts';
import { run } from './demo/run.ts';
import { failures, summary } from './demo/summary.ts';
import type { Result } from './demo/summary.ts';
import { northwindFile, readProducts, splitByProvider } from './northwind.ts';
import type { Provider } from './northwind.ts';
import { FREE_PORTS, startStack } from './stack.ts';
import type { Stack } from './stack.ts';

const asked = new AbortController();
process.on('SIGINT', giveUp).on('SIGTERM', giveUp).on('SIGHUP', giveUp);

function giveUp(): void {
  if (asked.signal.aborted) process.exit(130);
  asked.abort(new Error('given up'));
}

async function main(given: DemoArguments): Promise<number> {
  if (given.drop > 0 && process.env['BUS'] === 'kafka') throw new Error('--drop loses events on the embedded EventBridge: leave it out, or BUS=kafka.');
  const file = readOrders(readFileSync(given.ordersFile ?? northwindFile('orders.jsonl'), 'utf8'));
  for (const { line, why } of file.malformed) console.log(`line ${line} is no order and is left out: ${why}`);
  const plan = planOf({ ownFile: given.ordersFile !== undefined, rawStock: given.rawStock });
  const directory = mkdtempSync(join(tmpdir(), 'commerce-demo-'));
  let sound = false;
  try {
    sound = await onStack(directory, given, plan, async (stack) => isSound(await run(stack, { file, plan, given, asked: asked.signal }), given));
    return sound ? 0 : 1;
  } finally {
    if (sound && !given.keep) rmSync(directory, { recursive: true, force: true });
    else console.log(`\nDatabases, logs and e-mails are left in ${directory}`);
  }
}

async function onStack(directory: string, { drop }: DemoArguments, plan: Plan, act: (stack: Stack) => Promise<boolean>): Promise<boolean> {
  const began = performance.now();
  const stack = await startStack({
    dataDirectory: directory, ports: FREE_PORTS, ...providersOf(plan), environment: { ...withoutServers(), ...topicsOfItsOwn(directory) }, signal: asked.signal,
    lmsFaults: withPlanned(process.env['LMS_FAULTS'], plan.lmsFaults), paymentsFaults: process.env['PAYMENTS_FAULTS'],
    serviceEnvironment: { cc: { INVENTORY_UNKNOWN_SKU: 'refuse', ...(drop > 0 && COMPARE_OFTEN) } },
  });
  try {
    console.log(`The stack is ready after ${((performance.now() - began) / 1_000).toFixed(1)} s: Commerce Coordinator ${stack.description.cc}, Order Fulfillment ${stack.description.of}`);
    return await act(stack);
  } finally {
    await stack.stop();
  }
}

/** Who delivers what. Where some products have no provider, there is none by default either. */
function providersOf({ withoutProvider }: Plan): { bySku: Record<string, Provider>; defaultProvider?: null } {
  const split = Object.entries(splitByProvider(readProducts())).filter(([sku]) => !withoutProvider.includes(sku));
  return { bySku: Object.fromEntries(split), ...(withoutProvider.length > 0 && { defaultProvider: null }) };
}

/** The user's own faults, and what is planned beside them. What is no JSON goes on as it is: the stand-in says what is wrong with it. */
function withPlanned(text: string | undefined, planned: object): string | undefined {
  if (text === undefined) return JSON.stringify(planned);
  try {
    return JSON.stringify({ ...planned, ...(JSON.parse(text) as object) });
  } catch {
    return text;
  }
}

/** The demo has its own database and its own outbox; servers of the user's are left alone. */
function withoutServers(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _database, SMTP_URL: _mail, ...rest } = process.env;
  return rest;
}

/** With BUS=kafka: events of an earlier run are none of this one. */
function topicsOfItsOwn(directory: string): Record<string, string> {
  return process.env['BUS'] === 'kafka' ? { KAFKA_TOPIC_PREFIX: `${basename(directory)}-` } : {};
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
