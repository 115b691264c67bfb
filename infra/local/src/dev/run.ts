// `pnpm dev`, joined together: starts the stack with its lab, says where everything is, shows what happens, and does what the keys ask
// for, until it is told to end; then it ends in order and says what is left.
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readConfig } from '@commerce/service-kit/config';
import { z } from 'zod';
import { oneTimeLink } from '../dashboard-link.http.ts';
import { buildPageWhenStale } from '../dashboard-page.ts';
import { createApi } from '../demo/api.http.ts';
import type { Api } from '../demo/api.http.ts';
import { countDeadLetters, readQueue } from '../demo/drops.ts';
import { readProducts, splitByProvider } from '../northwind.ts';
import { loadSecrets } from '../secrets.file.ts';
import { stackDeclaration } from '../stack-config.ts';
import { startStack } from '../stack.ts';
import type { Stack, StackPorts } from '../stack.ts';
import type { ProcessEvent } from '../supervised-process.ts';
import { Acts } from './acts.ts';
import { bannerLines, endLines, leftLine } from './banner.ts';
import { openInBrowser } from './browser.ts';
import { EventLines } from './event-lines.ts';
import { actOf, menuLines } from './menu.ts';
import type { Mode } from './menu.ts';
import { painter } from './paint.ts';
import { deliveriesOf, introduceReceiver, readWebhooks } from './receiver.http.ts';
import { sampleOrders } from './sample-orders.ts';
import { fillShop } from './shop.http.ts';
import { assertSpace } from './start-faults.ts';
import { followEvents } from './stream.http.ts';

const WEBHOOK_WITHIN_MS = 3_000;
const TICK_MS = 1_000;
/** A look at how things stand; what is not told in it is asked again. */
const LOOK_LIMIT_MS = 1_500;
const orderSchema = z.object({ status: z.string(), createdAt: z.string(), updatedAt: z.string() });

const { stdin, stdout } = process;
const hasKeys = stdin.isTTY === true && stdout.isTTY === true;
const paint = painter(stdout.isTTY === true, process.env);
const print = (line: string): void => void stdout.write(`${line}\n`);

const asked = new AbortController();
let stack: Stack | undefined;

/** Runs until it is told to end; throws when the start does not come about. */
export async function runDev(): Promise<void> {
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  const began = performance.now();
  const config = readConfig(stackDeclaration, process.env);
  await assertSpace(resolve(config.dataDirectory));
  void buildPageWhenStale({ report: print, signal: asked.signal });
  const ports: Required<StackPorts> = { CC_PORT: config.ccPort, OF_PORT: config.ofPort, ISSUER_PORT: config.issuerPort, LMS_PORT: config.lmsPort, PAYMENTS_PORT: config.paymentsPort, AWS_PORT: config.awsPort, RECEIVER_PORT: config.receiverPort };
  try {
    stack = await startStack({
      dataDirectory: config.dataDirectory, ports, databaseUrl: config.databaseUrl, localStackUrl: config.localStackUrl?.replace(/\/$/, ''), lmsFaults: config.lmsFaults, paymentsFaults: config.paymentsFaults,
      extraStacks: config.extraStacks?.split(','), bySku: splitByProvider(readProducts()), environment: process.env, report: tell, signal: asked.signal,
      withLab: process.env['NODE_ENV'] !== 'production',
      // A port that somebody has asked for is that one or none.
      movablePorts: (Object.keys(ports) as (keyof StackPorts)[]).filter((name) => !process.env[name]),
      onMovedPort: ({ name, from, to, holder }) => print(paint('yellow', `Port ${from} is taken${holder === undefined ? '' : ` by ${holder}`}: ${name} is ${to} this time.`)),
    });
  } catch (error) {
    if (asked.signal.aborted) process.exit(0);
    throw error;
  }
  const bus = config.localStackUrl !== undefined ? 'localstack' : process.env['BUS'] === 'kafka' ? 'kafka' : 'embedded';
  const standing = { description: stack.description, dataDirectory: config.dataDirectory, afterMs: performance.now() - began, ownDatabase: config.databaseUrl !== undefined, unknownStock: process.env['INVENTORY_UNKNOWN_SKU'], bus } as const;
  for (const line of bannerLines(standing, paint)) print(line);
  const acts = await introduce(stack, resolve(config.dataDirectory));
  for (const line of endLines(await linkOf(stack), hasKeys && acts !== undefined, paint)) print(line);
  if (hasKeys && acts !== undefined) takeKeys(stack, acts);
}

/** Makes the receiver known, and begins to show what happens; undefined where there is no lab. */
async function introduce({ description, lab }: Stack, directory: string): Promise<Acts | undefined> {
  const { receiver, issuer, cc, clients } = description;
  if (lab === undefined || receiver === undefined) return undefined;
  const apiOf = (clientId: string, giveUpAfterMs?: number): Api =>
    createApi({ issuer, clientId, secret: clients[clientId]?.secret ?? '', service: cc, signal: asked.signal, ...(giveUpAfterMs !== undefined && { giveUpAfterMs }) });
  const shop = apiOf('storefront');
  const next = sampleOrders();
  const lines = new EventLines(paint);
  const observer = apiOf('operator', LOOK_LIMIT_MS);
  const acts = new Acts({
    print, paint, lab, lines, nowMs: Date.now,
    place: () => shop.call(z.object({ orderId: z.string(), orderNumber: z.int() }), 'POST', '/orders', { body: next(), idempotencyKey: randomUUID() }),
    order: (orderId) => observer.call(orderSchema, 'GET', `/orders/${encodeURIComponent(orderId)}`),
    webhooks: () => readWebhooks(observer),
    deliveries: (orderId, event) => deliveriesOf(receiver, orderId, event, WEBHOOK_WITHIN_MS, asked.signal),
    sleep: async (ms) => void (await wait(ms, undefined, { signal: asked.signal })),
    links: { order: (orderId) => `${cc}/dashboard/orders/${orderId}`, breaks: `${cc}/dashboard/break`, webhooks: `${cc}/dashboard/webhooks` },
  });
  const operator = apiOf('operator');
  await fillShop(operator).catch((error: unknown) => print(paint('yellow', `The shop has no products: ${error instanceof Error ? error.message : error}`)));
  await introduceReceiver(operator, receiver, loadSecrets(directory).receiverSecret).catch((error: unknown) => print(paint('yellow', `Your receiver is not registered: ${error instanceof Error ? error.message : error}`)));
  void followEvents(description, (event) => acts.heard(event), () => undefined, asked.signal);
  const ticking = setInterval(() => lines.tick(Date.now()).forEach(print), TICK_MS);
  asked.signal.addEventListener('abort', () => clearInterval(ticking), { once: true });
  return acts;
}

async function linkOf({ description }: Stack): Promise<string | undefined> {
  return oneTimeLink(description).catch(() => undefined);
}

function takeKeys(running: Stack, acts: Acts): void {
  let mode: Mode = 'keys';
  stdin.setRawMode(true).setEncoding('utf8').resume();
  stdin.on('data', (keys: string) => {
    for (const key of keys) {
      const act = actOf(key, mode);
      mode = act?.kind === 'menu' ? 'menu' : 'keys';
      if (act !== undefined) perform(act, running, acts).catch((error: unknown) => asked.signal.aborted || print(paint('red', error instanceof Error ? error.message : String(error))));
    }
  });
}

async function perform(act: NonNullable<ReturnType<typeof actOf>>, running: Stack, acts: Acts): Promise<void> {
  switch (act.kind) {
    case 'open': return open(running);
    case 'order': return acts.placeOrder();
    case 'menu': return menuLines(`${running.description.cc}/dashboard/break`, acts.isExperimenting).forEach(print);
    case 'break': return acts.breakSomething(act.experiment);
    case 'mend': return acts.mendAll();
    case 'quit': return end();
    case 'back': case 'help': return print(endLines(undefined, true, paint).join('\n'));
  }
}

/** A link opens once: each press has its own. */
async function open(running: Stack): Promise<void> {
  const url = (await linkOf(running)) ?? `${running.description.cc}/dashboard/`;
  if (!(await openInBrowser(url))) print(`No browser can be opened from here. Open this: ${url}`);
}

function tell(event: ProcessEvent): void {
  if (asked.signal.aborted) return;
  if (event.kind === 'ended') print(paint('red', `${event.name} (${event.pid}) has ended: ${event.how}; ${event.restartInMs === null ? 'it is held until it is mended' : `it is started again in ${event.restartInMs} ms`}`));
  else if (stack !== undefined) print(paint('green', `${event.name} (${event.pid}) is ready again after ${Math.round(event.afterMs)} ms`));
}

/** Ends in order; the second time at once. */
function end(): void {
  if (asked.signal.aborted) process.exit(130);
  const running = stack;
  asked.abort(new Error('asked to stop'));
  if (hasKeys) stdin.setRawMode(false).pause();
  print('\nEnding (once more Ctrl-C: at once) …');
  if (running !== undefined) void endInOrder(running).then(() => process.exit(0), (error: unknown) => {
    print(String(error));
    process.exit(1);
  });
}

async function endInOrder(running: Stack): Promise<void> {
  const began = performance.now();
  await running.drain();
  const { description } = running;
  const left = process.env['BUS'] === 'kafka' ? undefined : await Promise.all([readQueue(description), countDeadLetters(description)]).then(([queue, deadLetters]) => ({ ...queue, deadLetters }), () => undefined);
  print(leftLine(Math.round(performance.now() - began), left, process.env['LOCALSTACK_URL'] !== undefined));
  await running.stop();
}
