/** `order`: what Commerce Coordinator knows of orders, the whole story of one, those that need a person, and what a person may do. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { reasonOf } from '../reason.ts';
import { fields, NOTHING, printable, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';
import { addExport } from './order-export.ts';
import { addPlace } from './order-place.ts';
import { addWatch } from './order-watch.ts';
import { addWhy } from './order-why.ts';

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
    offsetMs: z.number(), eventType: z.string(), source: z.string(), origin: z.string(), handlers: z.array(z.string()), text: z.string(),
    attempts: z.array(z.looseObject({ offsetMs: z.number(), text: z.string() })),
    ignored: z.array(z.looseObject({ handler: z.string(), rule: z.string(), offsetMs: z.number(), text: z.string() })),
  })),
});

const careForm = z.looseObject({
  items: z.array(z.looseObject({
    orderId: z.string(), orderNumber: z.number(), status: z.string(), pastPromiseMs: z.number().nullable(), waitsFor: z.string(), nextStep: z.string(), acts: z.array(z.string()),
    lastError: z.looseObject({ handler: z.string(), attempt: z.number(), code: z.string(), at: z.string().nullable() }).nullable(),
  })),
});

const DEFAULT_CLIENT = 'operator';

const EXAMPLES = `
Examples:
  cli order place --sample --watch
  cli order place --customer VINET --line NW-1:2@18.00 --line NW-2:1@19.00 --freight 5.00
  cli order why 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli order watch 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli order export 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d > order.json
  cli order list --status fulfilling
  cli order show 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli order timeline 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --story
  cli order care --given-up
  cli order revoke 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --line 1 --reason delivered_by_mistake
  cli order re-request 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason request_lost
  cli order cancel 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason customer_changed_mind
  cli order retry 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason provider_is_back
  cli order refund 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --line 1 --reason damaged --message "Called on Monday"
`;

interface CareOptions {
  readonly status?: string;
  readonly handler?: string;
  readonly givenUp?: boolean;
  readonly limit: string;
}

interface ActOptions {
  readonly reason: string;
  readonly message?: string;
  readonly line?: readonly string[];
}

const ACTS = {
  retry: 'try at once what waits for it: jobs, parked events, dead letters, timers',
  're-request': 'ask the fulfilling side again, by a new request under a new key',
  revoke: 'take back what was delivered; money follows for what came back',
  refund: 'give the money back and ask the goods back',
  cancel: 'call it off: what was not begun is not begun, what was done is undone',
} as const;

export function addOrder(program: Command, perform: Perform): void {
  const orders = addExamples(program.command('order'), EXAMPLES).description('orders at Commerce Coordinator (needs the scope orders:read; place and cancel orders:write, watch events:read, retry dlq:write, the other acts admin)');
  addPlace(orders, perform);
  addWhy(orders, perform);
  addWatch(orders, perform);
  orders.command('list').description('orders, newest first')
    .option('--status <status>', 'in this state')
    .option('--customer <id>', 'of this customer')
    .option('--limit <count>', 'how many at most', '50')
    .action(perform(list));
  orders.command('show').description('one order with its lines').argument('<id>').action(perform(show));
  orders.command('timeline').description('everything that happened to an order, who heard it, and what was ignored and why').argument('<id>')
    .option('--story', 'in plain words, with every attempt that failed, instead of a table')
    .option('--limit <count>', 'how many events at most', '200')
    .action(perform(timeline));
  orders.command('care').description('orders that need care, the longest in need first: what each waits for, what happens by itself, what a person may do')
    .option('--status <status>', 'in this state')
    .option('--handler <name>', 'for which something of this handler is open, such as payments.refund')
    .option('--given-up', 'of which something was given up')
    .option('--limit <count>', 'how many at most', '50')
    .action(perform(care));
  addExport(orders, perform);
  for (const [name, description] of Object.entries(ACTS)) {
    const act = orders.command(name).description(description).argument('<id>')
      .requiredOption('--reason <code>', 'why: a code such as customer_changed_mind').option('--message <text>', 'the same for people');
    if (name === 'revoke' || name === 'refund') act.option('--line <id>', 'only this line; once for each', (id: string, before: readonly string[] = []) => [...before, id]);
    act.action(perform(actOf(name)));
  }
}

function actOf(name: string) {
  return async (work: Work, id: string, { reason, message, line }: ActOptions): Promise<void> => {
    const body = { reason: reasonOf(reason, message), ...(line !== undefined && { lineIds: line }) };
    work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('POST', `${path`/orders/${id}`}/${name}`, body), orderForm, orderText);
  };
}

async function care(work: Work, { status, handler, givenUp, limit }: CareOptions): Promise<void> {
  const page = await readPages(await work.api('cc', DEFAULT_CLIENT), '/orders/care', { status, handler, givenUp: givenUp === true ? 'true' : undefined }, limit);
  work.show(page, careForm, ({ items }, time) => (items.length === 0 ? 'No order needs care.\n' : items.map((item) => fields([
    ['order', `${item.orderId} (${item.orderNumber}), ${item.status}${item.pastPromiseMs === null ? '' : `, ${span(item.pastPromiseMs)} past its promise`}`],
    ['waits', item.waitsFor],
    ['error', item.lastError === null ? NOTHING : `${item.lastError.code}, ${item.lastError.handler} at attempt ${item.lastError.attempt}${item.lastError.at === null ? '' : `, ${time(item.lastError.at)}`}`],
    ['next', item.nextStep],
    ['acts', item.acts.join(' ') || NOTHING],
  ])).join('\n')));
  remarkOnRest(page, work.remark);
}

function span(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

async function list(work: Work, { status, customer, limit }: { status?: string; customer?: string; limit: string }): Promise<void> {
  const page = await readPages(await work.api('cc', DEFAULT_CLIENT), '/orders', { status, customer }, limit);
  work.show(page, listForm, ({ items }, time) => table(['ORDER', 'NUMBER', 'STATUS', 'CUSTOMER', 'TOTAL', 'LINES', 'CREATED', 'REASON'], items.map((order) => [
    order.orderId, String(order.orderNumber), order.status, order.customerId, `${order.total} ${order.currency}`, String(order.lines.length), time(order.createdAt), order.reason?.code ?? NOTHING,
  ])));
  remarkOnRest(page, work.remark);
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', path`/orders/${id}`), orderForm, orderText);
}

async function timeline(work: Work, id: string, { story, limit }: { story?: boolean; limit: string }): Promise<void> {
  const api = await work.api('cc', DEFAULT_CLIENT);
  const [order, page] = await Promise.all([api.call('GET', path`/orders/${id}`), readPages(api, path`/orders/${id}/timeline`, {}, limit)]);
  const { orderId, orderNumber, status } = orderForm.parse(order);
  work.show({ orderId, orderNumber, status, ...page }, timelineForm, ({ items }) => (story === true ? storyText(items) : table(['MS', 'EVENT', 'FROM', 'HEARD BY', 'IGNORED BY'], items.map((item) => [
    String(item.offsetMs), item.eventType, item.source, item.handlers.join(' ') || NOTHING, item.ignored.map(({ handler, rule }) => `${handler} (${rule})`).join(' ') || NOTHING,
  ]))));
  remarkOnRest(page, work.remark);
}

/** A line for each event; under it what failed and what was ignored of it. */
function storyText(items: z.infer<typeof timelineForm>['items']): string {
  const rows = items.flatMap(({ offsetMs, text, attempts, ignored }) => [
    { offsetMs, text }, ...[...attempts, ...ignored].toSorted((a, b) => a.offsetMs - b.offsetMs).map((one) => ({ offsetMs: one.offsetMs, text: `  ${one.text}` })),
  ]);
  const width = Math.max(0, ...rows.map(({ offsetMs }) => String(offsetMs).length));
  return rows.map(({ offsetMs, text }) => `${String(offsetMs).padStart(width)} ms  ${printable(text)}\n`).join('');
}

function orderText(order: Order, time: Time): string {
  const record = fields([
    ['order', `${order.orderId} (${order.orderNumber})`],
    ['status', order.status],
    ['reason', order.reason === undefined || order.reason === null ? NOTHING : [order.reason.code, order.reason.message].filter(Boolean).join(': ')],
    ['customer', order.customerId],
    ['total', `${order.total} ${order.currency}`],
    ['fulfillment', order.fulfillmentId ?? NOTHING],
    ['created', time(order.createdAt)],
    ['updated', time(order.updatedAt)],
  ]);
  const rows = order.lines.map(({ lineId, sku, quantity, total, outcome }) => [lineId, sku, String(quantity), total, outcome?.provider ?? NOTHING, outcome?.status ?? NOTHING, outcome?.reason?.code ?? NOTHING]);
  return `${record}\n${table(['LINE', 'SKU', 'QUANTITY', 'TOTAL', 'PROVIDER', 'STATUS', 'REASON'], rows)}`;
}
