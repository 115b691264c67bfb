/** `order place`: places an order, as a shop would, and says which one it is. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { UsageFault } from '../failures.ts';
import { path } from '../paths.ts';
import { fields } from '../text.ts';
import type { Perform, Work } from '../work.ts';
import { watchOrder } from './order-watch.ts';

const placedForm = z.looseObject({ orderId: z.string(), orderNumber: z.number(), customerId: z.string(), status: z.string(), currency: z.string(), total: z.string() });
const productForm = z.looseObject({ name: z.string(), unitPrice: z.string() });

const DEFAULT_CLIENT = 'operator';
const DEFAULT_CURRENCY = 'USD';

/** One line for each provider of the local stack. */
const SAMPLE = {
  customerId: 'VINET', currency: DEFAULT_CURRENCY, freight: '5.00',
  lines: [
    { sku: 'NW-1', name: 'Chai', quantity: 2, unitPrice: '18.00' },
    { sku: 'NW-2', name: 'Chang', quantity: 1, unitPrice: '19.00', discount: '0.15' },
    { sku: 'NW-3', name: 'Aniseed Syrup', quantity: 5, unitPrice: '10.00' },
  ],
};

interface PlaceOptions {
  readonly customer?: string;
  readonly line?: readonly string[];
  readonly currency: string;
  readonly freight?: string;
  readonly card?: string;
  readonly file?: string;
  readonly sample?: boolean;
  readonly key?: string;
  readonly watch?: boolean;
}

export function addPlace(orders: Command, perform: Perform): void {
  orders.command('place').description('place an order')
    .option('--customer <id>', 'who orders')
    .option('--line <line>', 'SKU:QUANTITY@PRICE, such as NW-1:2@18.00; without the price that of the catalogue of products; once for each', (line: string, before: readonly string[] = []) => [...before, line])
    .option('--currency <code>', 'of all prices', DEFAULT_CURRENCY)
    .option('--freight <amount>', 'part of the total')
    .option('--card <token>', 'the card that is charged; the default of the service when left out')
    .option('--file <file>', 'the whole order as JSON, as POST /orders takes it; "-" is standard input')
    .option('--sample', 'an order of three lines, for the local stack')
    .option('--key <key>', 'the same key again gives the same order')
    .option('--watch', 'follow it until it has ended, as "order watch" does')
    .action(perform(place));
}

async function place(work: Work, options: PlaceOptions): Promise<void> {
  const given = await givenOf(work, options);
  const api = await work.api('cc', DEFAULT_CLIENT);
  const order = 'lines' in given ? { ...given, lines: await Promise.all(given.lines.map((line) => priced(api, line))) } : given.whole;
  const placed = await api.call('POST', '/orders', order, { 'idempotency-key': options.key ?? `cli-${randomUUID()}` });
  if (options.watch === true && work.isJson) work.tell(placed as object, '');
  else work.show(placed, placedForm, (one) => fields([['order', `${one.orderId} (${one.orderNumber})`], ['status', one.status], ['customer', one.customerId], ['total', `${one.total} ${one.currency}`]]));
  const { orderId } = placedForm.parse(placed);
  if (options.watch === true) await watchOrder(work, api, orderId);
  else work.remark(`cli order watch ${orderId}\n${api.url}${path`/dashboard/orders/${orderId}`}`);
}

interface GivenLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: string | undefined;
}

/** What the options say. Throws UsageFault when they say it twice, or not at all. */
async function givenOf({ readFile }: Work, { file, sample, line, customer, currency, freight, card }: PlaceOptions): Promise<{ readonly whole: object } | { readonly lines: readonly GivenLine[] }> {
  const ways = [file, sample, line].filter((way) => way !== undefined);
  if (ways.length !== 1) throw new UsageFault('Say what is ordered, in one way: --line SKU:QUANTITY@PRICE, --file FILE, or --sample.');
  const hasOwn = [customer, freight, card].some((option) => option !== undefined);
  if (line === undefined && hasOwn) throw new UsageFault('--customer, --freight and --card stand beside --line; a file and the sample say all of it.');
  if (file !== undefined) return { whole: objectOf(await readFile(file), file) };
  if (line === undefined) return { whole: SAMPLE };
  if (customer === undefined) throw new UsageFault('--customer is missing: who orders.');
  return {
    customerId: customer, currency, ...(freight !== undefined && { freight }), ...(card !== undefined && { payment: { method: { type: 'card', token: card } } }), lines: line.map(lineOf),
  } as { readonly lines: readonly GivenLine[] };
}

function lineOf(text: string): GivenLine {
  const [, sku, quantity, unitPrice] = /^(.+):(\d{1,7})(?:@(\d{1,12}(?:\.\d{1,2})?))?$/.exec(text) ?? [];
  if (sku === undefined) throw new UsageFault(`--line ${text} is no line: SKU:QUANTITY@PRICE, such as NW-1:2@18.00.`);
  return { sku, quantity: Number(quantity), unitPrice };
}

async function priced(api: Api, { sku, quantity, unitPrice }: GivenLine): Promise<object> {
  if (unitPrice !== undefined) return { sku, quantity, unitPrice };
  const product = productForm.parse(await api.call('GET', path`/products/${sku}`));
  return { sku, name: product.name, quantity, unitPrice: product.unitPrice };
}

function objectOf(text: string, file: string): object {
  let order: unknown;
  try {
    order = JSON.parse(text);
  } catch (error) {
    throw new UsageFault(`${file} holds no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof order !== 'object' || order === null || Array.isArray(order)) throw new UsageFault(`${file} holds no object: it is an order, as POST /orders takes it.`);
  return order;
}
