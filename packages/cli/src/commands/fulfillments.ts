/** `fulfillments`: what Order Fulfillment does for one client, and the steps that this client may take. A client sees its own only. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { timeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { reasonOf } from '../reason.ts';
import { fields, NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

const reasonForm = z.looseObject({ code: z.string(), message: z.string().optional() });
const lineForm = z.looseObject({
  lineId: z.string(), sku: z.string(), quantity: z.number(), provider: z.string(), status: z.string(), reason: reasonForm.optional(), reference: z.string().optional(),
  tracking: z.looseObject({ carrier: z.string(), trackingNumber: z.string() }).optional(),
});
const fulfillmentForm = z.looseObject({
  fulfillmentId: z.string(), clientId: z.string(), orderId: z.string(), orderNumber: z.number(), status: z.string(), version: z.number(),
  createdAt: z.string(), updatedAt: z.string(), startAt: z.string().optional(), notAfter: z.string().optional(), acknowledgedVersion: z.number().optional(),
  reason: reasonForm.optional(), lines: z.array(lineForm),
});
type Fulfillment = z.infer<typeof fulfillmentForm>;
type Reason = z.infer<typeof reasonForm>;

const listForm = z.looseObject({ items: z.array(fulfillmentForm) });

/** On the local stack it is Commerce Coordinator whose fulfillments an operator looks after. */
const DEFAULT_CLIENT = 'commerce-coordinator';

const EXAMPLES = `
On the local stack these are the fulfillments of Commerce Coordinator; --client-id takes another client.

Examples:
  cli fulfillments list --status in_progress
  cli fulfillments show 0193a6a0-6000-7abc-9def-0123456789ab
  cli fulfillments hold 0193a6a0-6000-7abc-9def-0123456789ab --reason address_in_doubt
  cli fulfillments release 0193a6a0-6000-7abc-9def-0123456789ab
  cli fulfillments list --client-id partner --unacknowledged
  cli fulfillments cancel 0193a6a0-6000-7abc-9def-0123456789ab --reason customer_changed_mind
  cli fulfillments revoke 0193a6a0-6000-7abc-9def-0123456789ab --line 1 --reason refunded --message "Order 10248"
`;

interface ListOptions {
  readonly order?: string;
  readonly status?: string;
  readonly unacknowledged?: boolean;
  readonly settledBefore?: string;
  readonly limit: string;
}

interface StepOptions {
  readonly reason: string;
  readonly message?: string;
  readonly line?: readonly string[];
}

export function addFulfillments(program: Command, perform: Perform): void {
  const fulfillments = addExamples(program.command('fulfillments'), EXAMPLES).description('fulfillments of a client');
  fulfillments.command('list').description('fulfillments, newest first')
    .option('--order <id>', 'of this order')
    .option('--status <status>', 'in this state')
    .option('--unacknowledged', 'settled, but its client has not said that it knows; oldest first')
    .option('--settled-before <time>', 'settled before a time such as 2030-01-31T12:00:00Z')
    .option('--limit <count>', 'how many at most', '50')
    .action(perform(list));
  fulfillments.command('show').description('one fulfillment with its lines').argument('<id>').action(perform(show));
  withReason(fulfillments.command('cancel').description('call it off before it is settled')).action(perform(step('cancel')));
  withReason(fulfillments.command('revoke').description('take back what was delivered').option('--line <id>', 'only this line; once for each', (id: string, before: readonly string[] = []) => [...before, id])).action(perform(step('revoke')));
  withReason(fulfillments.command('hold').description('wait with it; only while nothing has begun')).action(perform(step('hold')));
  fulfillments.command('release').description('let a held one go on').argument('<id>').action(perform(release));
}

function withReason(command: Command): Command {
  return command.argument('<id>').requiredOption('--reason <code>', 'why: a code such as customer_changed_mind').option('--message <text>', 'the same for people');
}

async function list(work: Work, { order, status, unacknowledged, settledBefore, limit }: ListOptions): Promise<void> {
  const filters = {
    orderId: order, status, acknowledged: unacknowledged === true ? 'false' : undefined,
    settledBefore: settledBefore === undefined ? undefined : timeOf(settledBefore, '--settled-before', work.nowMs()),
  };
  const page = await readPages(await work.api('of', DEFAULT_CLIENT), '/v1/fulfillments', filters, limit);
  work.show(page, listForm, ({ items }, time) => table(['FULFILLMENT', 'ORDER', 'NUMBER', 'STATUS', 'LINES', 'UPDATED', 'REASON'], items.map((item) => [
    item.fulfillmentId, item.orderId, String(item.orderNumber), item.status, String(item.lines.length), time(item.updatedAt), reasonText(item.reason),
  ])));
  remarkOnRest(page, work.remark);
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('of', DEFAULT_CLIENT)).call('GET', path`/v1/fulfillments/${id}`), fulfillmentForm, fulfillmentText);
}

function step(name: 'cancel' | 'revoke' | 'hold') {
  return async (work: Work, id: string, { reason: code, message, line }: StepOptions): Promise<void> => {
    const body = { reason: reasonOf(code, message), ...(line !== undefined && { lines: line }) };
    const result = await (await work.api('of', DEFAULT_CLIENT)).call('POST', `${path`/v1/fulfillments/${id}`}/${name}`, body);
    work.show(result, fulfillmentForm, fulfillmentText);
    remarkOnOpen(work, result);
  };
}

async function release(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('of', DEFAULT_CLIENT)).call('POST', path`/v1/fulfillments/${id}/release`, {}), fulfillmentForm, fulfillmentText);
}

function remarkOnOpen({ remark }: Work, result: unknown): void {
  const { data } = fulfillmentForm.safeParse(result);
  const open = data?.lines.filter(({ status }) => status === 'revoking' || (data.status === 'cancelling' && (status === 'pending' || status === 'in_progress'))) ?? [];
  if (open.length > 0) remark(`${open.length} line${open.length === 1 ? ' waits' : 's wait'} for the provider; "show" tells how it ended.`);
}

function fulfillmentText(it: Fulfillment, time: Time): string {
  const record = fields([
    ['fulfillment', it.fulfillmentId],
    ['client', it.clientId],
    ['order', `${it.orderId} (${it.orderNumber})`],
    ['status', it.status],
    ['reason', reasonText(it.reason)],
    ['version', `${it.version}${it.acknowledgedVersion === undefined ? '' : `, acknowledged ${it.acknowledgedVersion}`}`],
    ...optional('starts', it.startAt && time(it.startAt)),
    ...optional('not after', it.notAfter && time(it.notAfter)),
    ['created', time(it.createdAt)],
    ['updated', time(it.updatedAt)],
  ]);
  const rows = it.lines.map(({ lineId, sku, quantity, provider, status, reason, reference, tracking }) => [
    lineId, sku, String(quantity), provider, status, reasonText(reason), reference ?? (tracking === undefined ? NOTHING : `${tracking.carrier} ${tracking.trackingNumber}`),
  ]);
  return `${record}\n${table(['LINE', 'SKU', 'QUANTITY', 'PROVIDER', 'STATUS', 'REASON', 'REFERENCE'], rows)}`;
}

function optional(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

export function reasonText(reason: Reason | null | undefined): string {
  if (reason === undefined || reason === null) return NOTHING;
  return reason.message === undefined ? reason.code : `${reason.code}: ${reason.message}`;
}
