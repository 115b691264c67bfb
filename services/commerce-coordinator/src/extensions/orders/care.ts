/**
 * What an order that is past its time waits for, in one sentence that is made of what was recorded: the attempt, its error, the
 * next one. Pure.
 */
import { z } from 'zod';
import { nextDeadline } from './order-deadlines.ts';
import type { DeadlineAct } from './order-deadlines.ts';
import { ORDER_STATUSES } from './order-states.ts';
import type { OrderStatus } from './order-states.ts';

/** A row of work of an order. */
export interface Attempt {
  readonly handler: string;
  readonly state: 'ready' | 'waiting' | 'behind' | 'dead';
  readonly attempt: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Until the next attempt; below 0 when it is due. */
  readonly dueInMs: number;
}

export interface CareSubject {
  readonly status: OrderStatus;
  readonly heldFrom: OrderStatus | null;
  readonly overdue: number;
  readonly stock: string;
  readonly money: string;
  readonly delivery: string;
  readonly attempts: readonly Attempt[];
}

const ACTS = ['retry', 'cancel', 'refund'] as const;

export const careView = z.strictObject({
  items: z.array(z.strictObject({
    orderId: z.string(),
    orderNumber: z.int(),
    status: z.enum(ORDER_STATUSES),
    ageMs: z.number().meta({ description: 'Since the order was placed.' }),
    inStatusMs: z.number().meta({ description: 'Since it last changed.' }),
    waitsFor: z.string().meta({ description: 'One sentence: what it waits for, the last error, the next attempt.' }),
    lastError: z.strictObject({ handler: z.string(), code: z.string(), message: z.string() }).nullable(),
    nextStep: z.string().meta({ description: 'What happens by itself, and when.' }),
    acts: z.array(z.enum(ACTS)).meta({ description: 'What a person may do: POST /orders/{orderId}/{act}.' }),
  })),
  nextCursor: z.string().nullable(),
}).meta({ title: 'OrdersNeedingCare' });

export type CareItem = z.infer<typeof careView>['items'][number];

/** Who is asked by a handler. */
const DEPENDENCIES: Readonly<Record<string, string>> = {
  'fulfillment.request': 'the fulfilling side to take the order',
  'fulfillment.cancel': 'the fulfilling side to call the order off',
  'fulfillment.revoke': 'the fulfilling side to take back what was delivered',
  'payments.charge': 'the payment provider to take the money',
  'payments.ask': 'the payment provider to say what became of the charge',
  'payments.refund': 'the payment provider to give money back',
  'notifications.send': 'the mail server to take a message',
};

/** What a status waits for when no attempt is recorded. */
const WAITS: Readonly<Record<string, string>> = {
  created: 'the inventory to set its stock aside',
  reserved: 'the payment provider to tell what became of the charge',
  paid: 'the request for fulfillment to be sent',
  fulfilling: 'the fulfilling side to tell an outcome',
  fulfilled: 'its shipment to be created',
  shipped: 'its end to be told',
  refund_pending: 'the payment provider to give its money back',
};

/** One sentence. */
export function waitsFor(order: CareSubject): string {
  const row = decisive(order.attempts);
  if (row === undefined) return `It waits for ${silentCause(order)}; no attempt is recorded.`;
  const what = DEPENDENCIES[row.handler] ?? `the handler ${row.handler}`;
  const said = row.error === null ? '' : ` (${row.error.code}: ${oneLine(row.error.message)})`;
  if (row.state === 'dead') return `It waits for a person: ${row.handler} was given up after ${times(row.attempt)}${said}.`;
  if (row.state === 'behind') return `It waits for ${what}, behind an earlier event that was given up${said}.`;
  if (row.state === 'waiting') return `${row.handler} waits for its time${said}: what must come before has not come.`;
  if (row.handler in DEPENDENCIES) return `It waits for ${what}; ${row.attempt === 0 ? 'it was not asked yet' : `attempt ${row.attempt} failed${said}`}, the next one is ${due(row.dueInMs)}.`;
  return `${row.handler} failed ${times(row.attempt)}${said}, and is tried again ${due(row.dueInMs)}.`;
}

/** What happens by itself. `percent`: of the times of the table of deadlines. */
export function nextStep({ status, overdue }: Pick<CareSubject, 'status' | 'overdue'>, inStatusMs: number, percent = 100): string {
  const deadline = nextDeadline({ status, overdue });
  if (deadline === undefined) return 'Nothing: a person decides.';
  const said: Record<DeadlineAct, string> = { retry: 'what waits for it is tried at once', cancel: 'it is cancelled, and what was done is undone', escalate: 'it is raised for a person' };
  return `${capital(due((deadline.afterMs * percent) / 100 - inStatusMs))} ${said[deadline.act]}.`;
}

/** What a person may do now. */
export function actsOf({ status, heldFrom }: Pick<CareSubject, 'status' | 'heldFrom'>): (typeof ACTS)[number][] {
  const standing = status === 'on_hold' ? heldFrom : status;
  if (standing === 'created' || standing === 'reserved' || standing === 'paid' || standing === 'fulfilling') return ['retry', 'cancel'];
  if (standing === 'fulfilled' || standing === 'shipped' || standing === 'completed') return ['retry', 'refund'];
  return ['retry'];
}

/** The row that holds it back most: what was given up, then what failed, then what waits. */
export function decisive(attempts: readonly Attempt[]): Attempt | undefined {
  const rank = ({ state, error }: Attempt): number => (state === 'dead' ? 0 : state === 'ready' && error !== null ? 1 : state === 'ready' ? 2 : state === 'behind' ? 3 : 4);
  return attempts.toSorted((a, b) => rank(a) - rank(b))[0];
}

function silentCause({ status, heldFrom, stock, money, delivery }: CareSubject): string {
  const standing = status === 'on_hold' ? (heldFrom ?? status) : status;
  if (standing !== 'cancel_pending') return WAITS[standing] ?? 'nothing';
  if (money === 'taken' && delivery === 'unknown') return 'the fulfilling side to say whether the cancel came in time';
  if (money === 'taken') return 'the payment provider to give its money back';
  if (money === 'unknown' && stock !== 'unknown') return 'the payment provider to say whether money was taken';
  return stock === 'unknown' ? 'the inventory to answer' : 'the inventory to release its stock';
}

function due(ms: number): string {
  if (ms <= 0) return 'now';
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
