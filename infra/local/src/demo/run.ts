// One run of the demo on a stack that stands: opens the shop, places the orders, waits for their ends, and compares all accounts.
import { readCustomers, readProducts } from '../northwind.ts';
import type { Stack } from '../stack.ts';
import type { StackDescription } from '../stack-description.ts';
import type { Supervisor } from '../supervisor.ts';
import { readLogFigures, readStory } from './accounts.ts';
import { createApi } from './api.http.ts';
import type { Api } from './api.http.ts';
import type { DemoArguments } from './arguments.ts';
import { balanceBooks } from './books.ts';
import { cancelOrder, sendBack } from './customers.http.ts';
import { dropShare, readDrops } from './drops.ts';
import { killBoth } from './kills.ts';
import type { DemoOrder, OrdersFile } from './orders-file.ts';
import { placeOrders, readAllOrders, waitUntilDecided, waitUntilSettled } from './orders-run.ts';
import type { Progress, RefusedLine, SettledOrder } from './orders-run.ts';
import { wavesOf } from './plan.ts';
import type { Plan } from './plan.ts';
import { showProgress } from './progress-line.ts';
import { openShop } from './shop.http.ts';
import type { Shop } from './shop.http.ts';
import { compensatedExample, completedExample, tell } from './stories.ts';
import type { Result } from './summary.ts';

/** How long what follows the ends of orders may take: letters, goods that were taken back, events that were lost. */
const BOOKS_WITHIN_MS = 30_000;
/** Orders under way that are named when the time is up. */
const OPEN_SHOWN = 12;

/** Everybody who calls a service. */
type Callers = { readonly cc: Api; readonly of: Api; readonly operator: Api };

export type RunOptions = { readonly file: OrdersFile; readonly plan: Plan; readonly given: DemoArguments; readonly asked: AbortSignal };

/** Throws when the time is up, with what was reached until then. */
export async function run({ description, supervisor }: Stack, { file, plan, given, asked }: RunOptions): Promise<Result> {
  const timeout = AbortSignal.timeout(given.timeoutMs);
  const ended = new AbortController();
  const signal = AbortSignal.any([asked, timeout, ended.signal]);
  const apiOf = (clientId: string, service: string): Api => createApi({ issuer: description.issuer, clientId, secret: description.clients[clientId]?.secret ?? '', service, signal });
  const callers = { cc: apiOf('storefront', description.cc), of: apiOf('commerce-coordinator', description.of), operator: apiOf('operator', description.cc) };
  const { cc, operator } = callers;
  const progress: Progress = { accepted: 0, settled: 0, open: [] };
  try {
    const shop = await open(callers, file, plan);
    if (given.drop > 0) await dropShare(description, given.drop);
    const { refused, placed, cancelWishes } = await placeAndWait(callers, shop, supervisor, { file, plan, given, asked: signal }, progress);
    const sentBack = plan.refunds ? await sendBack(operator, await readAllOrders(cc)) : new Map();
    await waitUntilSettled(cc, progress, () => false, signal);
    const books = await balanceBooks({ ...callers, description, shop, placed, sentBack, plan }, BOOKS_WITHIN_MS, signal);
    const drops = given.drop > 0 ? await readDrops(cc, description, signal) : undefined;
    await tellStories(cc, description, books.orders);
    const restarts = supervisor.statuses().reduce((sum, status) => sum + status.restarts, 0);
    return { malformed: file.malformed.length, refused, cancelWishes, books, restarts, drops, deliveries: shop.deliveries(), plan, log: await readLogFigures(description) };
  } catch (error) {
    if (timeout.aborted) throw new Error(timeoutMessage(given.timeoutMs, progress, Object.values(callers)), { cause: error });
    throw error;
  } finally {
    ended.abort();
  }
}

function timeoutMessage(timeoutMs: number, { accepted, settled, open }: Progress, apis: readonly Api[]): string {
  const troubles = apis.flatMap((api) => api.lastTrouble() ?? []);
  return [
    `After ${timeoutMs / 1_000} s only ${settled} of ${accepted} accepted orders were settled.`,
    ...(open.length === 0 ? [] : [`Under way: ${open.slice(0, OPEN_SHOWN).join(', ')}${open.length > OPEN_SHOWN ? `, and ${open.length - OPEN_SHOWN} more` : ''}.`]),
    ...troubles.map((trouble) => `Last trouble: ${trouble}`),
  ].join('\n');
}

async function open({ operator }: Callers, { orders }: OrdersFile, { opening }: Plan): Promise<Shop> {
  const [products, customers] = [readProducts(), readCustomers()];
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ order }) => order.lines)) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const pieces = opening === 'enough' ? wanted : new Map(products.map(({ sku, unitsInStock }) => [sku, unitsInStock]));
  const shop = await openShop(operator, products, customers, pieces);
  const sum = [...pieces.values()].reduce((total, one) => total + one, 0);
  console.log(`The shop is open: ${products.length} products, ${sum.toLocaleString('en')} pieces on the shelves, ${customers.length} customers`);
  return shop;
}

async function placeAndWait({ cc }: Callers, shop: Shop, supervisor: Supervisor, { file, plan, given, asked: signal }: RunOptions, progress: Progress): Promise<Placed> {
  const total = file.orders.length;
  console.log(`Placing ${total} orders …`);
  const endProgress = showProgress(progress, total, process.stdout);
  try {
    let accepting = true;
    const placing = placeAll(cc, shop, file, plan, progress, signal).finally(() => (accepting = false));
    const killing = given.kill ? killBoth(supervisor, progress, total, (text) => console.log(`\n  ${text}`), signal) : undefined;
    const [placed] = await Promise.all([placing, waitUntilSettled(cc, progress, () => accepting, signal), killing]);
    return placed;
  } finally {
    endProgress();
  }
}

type Placed = {
  readonly refused: readonly RefusedLine[];
  /** What was accepted, by order id. */
  readonly placed: ReadonlyMap<string, DemoOrder>;
  readonly cancelWishes: number;
};

/** Wave after wave; before each but the first the shelves are filled up. Ends when every customer who cancels has done so. */
async function placeAll(cc: Api, shop: Shop, { orders }: OrdersFile, plan: Plan, progress: Progress, signal: AbortSignal): Promise<Placed> {
  const refused: RefusedLine[] = [];
  const accepted = new Map<string, DemoOrder>();
  const cancels: Promise<void>[] = [];
  const placed = (orderId: string, order: DemoOrder): void => {
    accepted.set(orderId, order);
    const when = plan.cancelOf(order.orderNumber);
    if (when !== undefined) cancels.push(cancelOrder(cc, orderId, when, signal));
  };
  for (const [index, wave] of wavesOf(orders, plan.restock).entries()) {
    if (index > 0) {
      await waitUntilDecided(cc, signal);
      await shop.restock();
    }
    refused.push(...(await placeOrders(cc, wave, progress, { cardOf: plan.cardOf, placed })));
  }
  await Promise.all(cancels);
  return { refused, placed: accepted, cancelWishes: cancels.length };
}

async function tellStories(cc: Api, description: StackDescription, orders: readonly SettledOrder[]): Promise<void> {
  for (const order of [completedExample(orders), compensatedExample(orders)]) {
    if (order !== undefined) console.log(`\n${tell(order, await readStory(cc, description, order.orderId)).join('\n')}`);
  }
  console.log();
}
