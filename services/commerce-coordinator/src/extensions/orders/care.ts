/**
 * What an order that needs care waits for, in one sentence that is made of what was recorded: the attempt, its error, the next
 * one; what happens by itself; what a person may do. Pure.
 */
import { z } from 'zod';
import { nextDeadline } from './order-deadlines.ts';
import type { DeadlineAct } from './order-deadlines.ts';
import { ORDER_ACTS } from './order-acts.ts';
import { ORDER_STATUSES } from '@commerce/events/order-states';
import { customerView } from './order-views.ts';
import type { Order } from './order.ts';
import { standing } from './order.ts';

/** A row of work of an order. */
export interface Attempt {
  readonly handler: string;
  readonly state: 'ready' | 'waiting' | 'behind' | 'dead';
  readonly attempt: number;
  readonly error: { readonly code: string; readonly message: string; readonly atMs?: number } | null;
  /** Until the next attempt; below 0 when it is due. */
  readonly dueInMs: number;
}

/** A question about something that another side was asked for and has not told. */
export interface Question {
  /** How often it was asked what became of it. */
  readonly asked: number;
  /** Until it is asked again; null when that is not planned. */
  readonly dueInMs: number | null;
  /** Why the last round of questions failed. */
  readonly error: string | null;
}

export interface CareSubject extends Pick<Order, 'status' | 'heldFrom' | 'overdue' | 'stock' | 'money' | 'delivery'> {
  readonly attempts: readonly Attempt[];
  /** Of a charge that the provider has not decided. */
  readonly charge?: Question | undefined;
  /** Of a request for fulfillment that has no outcome. */
  readonly outcome?: Question | undefined;
  /** It is on hold because its payment is disputed. */
  readonly isDisputed?: boolean | undefined;
  /** Money is owed back, and waits for the end of a dispute. */
  readonly isRefundHeld?: boolean | undefined;
}

/** `given_up`: a person must decide. `failing`: it is tried again. `too_early`: what must come before has not come. `untold`: no attempt is open, somebody has not told. */
export const CARE_CAUSES = ['given_up', 'failing', 'not_begun', 'too_early', 'untold'] as const;
export type CareCause = (typeof CARE_CAUSES)[number];

const careItemView = z.strictObject({
  orderId: z.string(),
  orderNumber: z.int(),
  customerId: z.string(),
  customer: customerView.optional(),
  status: z.enum(ORDER_STATUSES),
  since: z.iso.datetime().meta({ description: 'When it began to need care: the end of its promised time, or when something of it was given up. Oldest first.' }),
  pastPromiseMs: z.number().nullable().meta({ description: 'How long it, or what is owed of it, is past its promised time; null while it is not.' }),
  ageMs: z.number().meta({ description: 'Since the order was placed.' }),
  inStatusMs: z.number().meta({ description: 'Since it came into its status.' }),
  cause: z.enum(CARE_CAUSES),
  waitsFor: z.string().meta({ description: 'One sentence: what it waits for, the last error, the next attempt.' }),
  lastError: z.strictObject({ handler: z.string(), attempt: z.int(), code: z.string(), message: z.string(), at: z.iso.datetime().nullable() }).nullable(),
  nextStep: z.string().meta({ description: 'What happens by itself, and when.' }),
  acts: z.array(z.enum(ORDER_ACTS)).meta({ description: 'What a person may do now: POST /orders/{orderId}/{act}.' }),
});

export const careView = z.strictObject({ items: z.array(careItemView), nextCursor: z.string().nullable() }).meta({ title: 'OrdersNeedingCare' });

export type CareItem = z.infer<typeof careItemView>;

/** The same of any order. */
export const orderCareView = careItemView.extend({
  needsCare: z.boolean().meta({ description: 'False while it is within its promised time and nothing of it was given up; then since is when it came into its status.' }),
}).meta({ title: 'OrderCare' });

export type OrderCare = z.infer<typeof orderCareView>;

/** Who is asked by a handler, and for what. */
const ASKED: Readonly<Record<string, string>> = {
  'fulfillment.request': 'the fulfilling side to take the order',
  'fulfillment.request_again': 'the fulfilling side to take the order, which it is asked for again',
  'fulfillment.cancel': 'the fulfilling side to call the order off',
  'fulfillment.hold': 'the fulfilling side to wait with the order, or to go on with it',
  'fulfillment.revoke': 'the fulfilling side to take back what was delivered',
  'payments.charge': 'the payment provider to take the money',
  'payments.ask': 'the payment provider to say what became of the charge',
  'payments.refund': 'the payment provider to give money back',
  'payments.refund_duplicate': 'the payment provider that took the money a second time to give it back',
  'notifications.send': 'the mail server to take a message',
};

/** One sentence. */
export function waitsFor(order: CareSubject): string {
  const row = decisive(order.attempts);
  if (row === undefined) return `It waits for ${untold(order)}.`;
  const { handler, attempt, dueInMs } = row;
  const what = ASKED[handler];
  const error = said(row);
  if (row.state === 'dead') {
    const behind = order.attempts.filter((one) => one.state === 'behind' && extensionOf(one) === extensionOf(row)).length;
    const held = behind === 0 ? '' : `, and holds ${behind === 1 ? 'a later event' : `${behind} later events`}`;
    return `It waits for a person: ${handler}${what === undefined ? '' : ` asked ${what} and`} was given up after ${attempts(attempt)}${error}${held}.`;
  }
  if (row.state === 'behind') return `It waits behind an earlier event that ${handler} has not finished.`;
  if (row.state === 'waiting') return `It waits for what must come before ${handler}${error}.`;
  if (what === undefined) return row.error === null ? `It waits for ${handler}, which runs ${due(dueInMs)}.` : `It waits for ${handler}, which failed ${times(attempt)}${error} and runs again ${due(dueInMs)}.`;
  if (row.error === null) return `It waits for ${what}, which was not asked yet and is ${due(dueInMs)}.`;
  return `It waits for ${what}: attempt ${attempt} failed${error}, the next one is ${due(dueInMs)}.`;
}

export function causeOf({ attempts: rows }: Pick<CareSubject, 'attempts'>): CareCause {
  const row = decisive(rows);
  if (row === undefined) return 'untold';
  if (row.state === 'dead' || row.state === 'behind') return 'given_up';
  if (row.state === 'waiting') return 'too_early';
  return row.error === null ? 'not_begun' : 'failing';
}

/** What happens by itself: the next attempt or question, and what the table of deadlines says. `percent`: of the times of that table. */
export function nextStep(order: Pick<CareSubject, 'status' | 'overdue' | 'attempts' | 'charge' | 'outcome' | 'isDisputed' | 'isRefundHeld'>, sinceChangeMs: number, percent = 100): string {
  const steps: { readonly inMs: number; readonly text: string }[] = [];
  for (const { handler, state, dueInMs } of order.attempts) if (state === 'ready') steps.push({ inMs: dueInMs, text: `${handler} is tried again` });
  if (order.attempts.length === 0) {
    for (const [question, who] of [[order.charge, 'payment provider'], [order.outcome, 'fulfilling side']] as const) {
      if (typeof question?.dueInMs === 'number') steps.push({ inMs: question.dueInMs, text: `the ${who} is asked what became of it` });
    }
  }
  const soonest = steps.toSorted((a, b) => a.inMs - b.inMs).slice(0, 1);
  const deadline = nextDeadline(order);
  if (deadline !== undefined) soonest.push({ inMs: (deadline.afterMs * percent) / 100 - sinceChangeMs, text: SAID[deadline.act] });
  if (soonest.length === 0 && order.isRefundHeld === true) return 'When the dispute is decided, the refund goes out or is not owed any more.';
  if (soonest.length === 0) return order.isDisputed === true ? 'When the dispute is decided, the order goes on or ends.' : 'Nothing: a person decides.';
  return `${capital(soonest.map(({ inMs, text }) => `${due(inMs)} ${text}`).join('; '))}.`;
}

const SAID: Readonly<Record<DeadlineAct, string>> = { retry: 'whatever still waits is tried without waiting longer', cancel: 'it is cancelled, and what was done is undone', escalate: 'it is raised for a person' };

/** The row that holds it back most: what was given up, then what failed, then what has not begun, then what waits. */
export function decisive(rows: readonly Attempt[]): Attempt | undefined {
  const rank = ({ state, error }: Attempt): number => (state === 'dead' ? 0 : state === 'ready' && error !== null ? 1 : state === 'ready' ? 2 : state === 'behind' ? 3 : 4);
  return rows.toSorted((a, b) => rank(a) - rank(b))[0];
}

function extensionOf({ handler }: Attempt): string {
  return handler.slice(0, handler.indexOf('.'));
}

/** What nobody has told, of an order for which nothing is open here. */
function untold({ status, heldFrom, stock, money, delivery, charge, outcome, isDisputed, isRefundHeld }: CareSubject): string {
  if (isRefundHeld === true) return 'the payment provider to decide the dispute about its payment: won, the money that is owed goes back to the customer; lost, it is gone already, and no second refund goes out';
  if (isDisputed === true) return 'the payment provider to decide the dispute about its payment';
  switch (standing({ status, heldFrom })) {
    case 'created': return 'the inventory to set its stock aside; no attempt is recorded';
    case 'reserved': return `the payment provider to tell what became of the charge${questioned(charge)}`;
    case 'paid': return 'its fulfillment to be requested; no attempt is recorded';
    case 'fulfilling': return `the fulfilling side to tell an outcome${questioned(outcome)}`;
    case 'fulfilled': return 'its shipment to be created; no attempt is recorded';
    case 'shipped': return 'its end to be told; no attempt is recorded';
    case 'refund_pending': return 'the fulfilling side to say what it takes back and the payment provider to give its money back; no attempt is recorded';
    case 'cancel_pending': break;
    default: return 'nothing';
  }
  if (money === 'taken' && delivery === 'unknown') return `the fulfilling side to say whether the cancel came in time${questioned(outcome)}`;
  if (money === 'taken') return 'the payment provider to give its money back; no attempt is recorded';
  if (money === 'unknown' && stock !== 'unknown') return `the payment provider to say whether money was taken${questioned(charge)}`;
  return stock === 'unknown' ? 'the inventory to answer; no attempt is recorded' : 'the inventory to release its stock; no attempt is recorded';
}

function questioned(question: Question | undefined): string {
  if (question === undefined) return '; no attempt is recorded';
  const { asked, dueInMs, error } = question;
  const so = asked === 0 ? 'it has not told' : `it was asked ${times(asked)} and has not told`;
  const failed = error === null ? '' : `; the last question failed (${oneLine(error)})`;
  return `: ${so}${failed}${dueInMs === null ? '' : `, and is asked ${asked === 0 ? '' : 'again '}${due(dueInMs)}`}`;
}

/** The error in brackets. The code stands there only where it says more than that it is tried again. */
function said({ error }: Attempt): string {
  if (error === null) return '';
  const text = oneLine(error.message);
  return /^[a-z][a-z0-9_]*$/.test(error.code) && error.code !== 'not_yet' ? ` (${error.code}: ${text})` : ` (${text})`;
}

function due(ms: number): string {
  if (ms <= 0) return 'now';
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `in ${seconds} s`;
  return seconds < 7_200 ? `in ${Math.ceil(seconds / 60)} min` : `in ${Math.ceil(seconds / 3_600)} h`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function attempts(count: number): string {
  return count === 1 ? 'one attempt' : `${count} attempts`;
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
