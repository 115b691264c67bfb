/** `orders`: what Commerce Coordinator knows of orders, and the whole story of one. */
import type { Command } from 'commander';
import { z } from 'zod';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { fields, NOTHING, table } from '../text.ts';
import type { Perform, Work } from '../work.ts';

const reasonForm = z.looseObject({ code: z.string(), message: z.string().optional() });
const orderForm = z.looseObject({
  orderId: z.string(), orderNumber: z.number(), status: z.string(), reason: reasonForm.nullish(), customerId: z.string(), currency: z.string(), total: z.string(),
  fulfillmentId: z.string().nullish(), createdAt: z.string(), updatedAt: z.string(),
  lines: z.array(z.looseObject({
    lineId: z.string(), sku: z.string(), quantity: z.number(), total: z.string(),
    outcome: z.looseObject({ provider: z.string(), status: z.string(), reason: reasonForm.optional() }).nullable(),
  })),
});
type Order = z.infer<typeof orderForm>;

const listForm = z.looseObject({ items: z.array(orderForm) });
const timelineForm = z.looseObject({
  orderId: z.string(), status: z.string(),
  items: z.array(z.looseObject({
    offsetMs: z.number(), eventType: z.string(), source: z.string(), origin: z.string(), handlers: z.array(z.string()),
    ignored: z.array(z.looseObject({ handler: z.string(), rule: z.string() })),
  })),
});

const DEFAULT_CLIENT = 'operator';

const EXAMPLES = `
Examples:
  cli orders list --status fulfilling
  cli orders show 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli orders timeline 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --json
`;

export function addOrders(program: Command, perform: Perform): void {
  const orders = program.command('orders').description('orders at Commerce Coordinator (needs the scope orders:read)').addHelpText('after', EXAMPLES);
  orders.command('list').description('orders, newest first')
    .option('--status <status>', 'in this state')
    .option('--customer <id>', 'of this customer')
    .option('--limit <count>', 'how many at most', '50')
    .action(perform(list));
  orders.command('show').description('one order with its lines').argument('<id>').action(perform(show));
  orders.command('timeline').description('everything that happened to an order, who heard it, and what was ignored and why').argument('<id>')
    .option('--limit <count>', 'how many events at most', '200')
    .action(perform(timeline));
}

async function list(work: Work, { status, customer, limit }: { status?: string; customer?: string; limit: string }): Promise<void> {
  const page = await readPages(await work.api('cc', DEFAULT_CLIENT), '/orders', { status, customer }, limit);
  work.show(page, listForm, ({ items }) => table(['ORDER', 'NUMBER', 'STATUS', 'CUSTOMER', 'TOTAL', 'LINES', 'CREATED', 'REASON'], items.map((order) => [
    order.orderId, String(order.orderNumber), order.status, order.customerId, `${order.total} ${order.currency}`, String(order.lines.length), order.createdAt, order.reason?.code ?? NOTHING,
  ])));
  remarkOnRest(page, work.remark);
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', path`/orders/${id}`), orderForm, orderText);
}

async function timeline(work: Work, id: string, { limit }: { limit: string }): Promise<void> {
  const api = await work.api('cc', DEFAULT_CLIENT);
  const [order, page] = await Promise.all([api.call('GET', path`/orders/${id}`), readPages(api, path`/orders/${id}/timeline`, {}, limit)]);
  const { orderId, orderNumber, status } = orderForm.parse(order);
  work.show({ orderId, orderNumber, status, ...page }, timelineForm, ({ items }) => table(['MS', 'EVENT', 'FROM', 'HEARD BY', 'IGNORED BY'], items.map((item) => [
    String(item.offsetMs), item.eventType, item.source, item.handlers.join(' ') || NOTHING, item.ignored.map(({ handler, rule }) => `${handler} (${rule})`).join(' ') || NOTHING,
  ])));
  remarkOnRest(page, work.remark);
}

function orderText(order: Order): string {
  const record = fields([
    ['order', `${order.orderId} (${order.orderNumber})`],
    ['status', order.status],
    ['reason', order.reason === undefined || order.reason === null ? NOTHING : [order.reason.code, order.reason.message].filter(Boolean).join(': ')],
    ['customer', order.customerId],
    ['total', `${order.total} ${order.currency}`],
    ['fulfillment', order.fulfillmentId ?? NOTHING],
    ['created', order.createdAt],
    ['updated', order.updatedAt],
  ]);
  const rows = order.lines.map(({ lineId, sku, quantity, total, outcome }) => [lineId, sku, String(quantity), total, outcome?.provider ?? NOTHING, outcome?.status ?? NOTHING, outcome?.reason?.code ?? NOTHING]);
  return `${record}\n${table(['LINE', 'SKU', 'QUANTITY', 'TOTAL', 'PROVIDER', 'STATUS', 'REASON'], rows)}`;
}
