/** The guards of the saga: one order for one key, one outcome, money once, stock once, and nothing undone twice or too early. */
import type { Mutant } from '../mutant.ts';
import { unit } from './killers.ts';

const CC = 'services/commerce-coordinator/src/extensions';
const EFFECTS = unit(`${CC}/effects.test.ts`, ', run twice, has one effect at the other side');

export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'order-key', guard: 'one key is one order, however often and however concurrently it is sent',
    edits: [{ file: `${CC}/orders/migrations/0001-orders.ts`, from: ' STORED,\n  UNIQUE (client_id, idempotency_key)\n)', to: ' STORED\n)' }],
    killers: [unit(`${CC}/orders/orders.http.test.ts`, 'fifty times at once is one order and one answer')],
  },
  {
    name: 'order-key-body', guard: 'a key that was used for another body is refused',
    edits: [{ file: `${CC}/orders/intake-repeats.ts`, from: 'return first.requestHash.equals(requestHash) ? ', to: 'return first.requestHash.length > 0 ? ' }],
    killers: [unit(`${CC}/orders/orders.http.test.ts`, 'is refused with another body')],
  },
  {
    name: 'order-backlog', guard: 'beyond its backlog the service takes no order, and says when to come back',
    edits: [{ file: `${CC}/orders/orders.http.ts`, from: 'if (isFull()) throw', to: 'if (isFull() && placement.idempotencyKey.length > 1_000) throw' }],
    killers: [unit(`${CC}/orders/orders.http.test.ts`, 'takes no order beyond its backlog')],
  },
  {
    name: 'order-version', guard: 'an order is never written over by an older version of itself',
    edits: [{ file: `${CC}/orders/orders.pg.ts`, from: ' AND o.version < c.version RETURNING', to: ' RETURNING' }],
    killers: [unit(`${CC}/orders/acts.test.ts`, 'is never written over by an older version of itself')],
  },
  {
    name: 'order-told-whole', guard: 'the row of an order of which a change is missing in the log is not made up from the others',
    edits: [{ file: `${CC}/orders/fold.ts`, from: 'if (changes.version !== row.version + 1) return undefined;', to: '' }],
    killers: [unit(`${CC}/orders/changes.test.ts`, 'knows an order no more from a change on that is missing')],
  },
  {
    name: 'order-one-outcome', guard: 'a completion that comes after the call-off succeeded changes nothing',
    edits: [{ file: `${CC}/orders/order.ts`, from: "if (status === 'cancel_pending' && order.delivery !== 'unknown') return stale('already_cancel_pending', evidence);", to: '' }],
    killers: [unit(`${CC}/orders/order.test.ts`, 'that came in time is not undone by a late completion')],
  },
  {
    name: 'order-awaits-answer', guard: 'the outcome of an order that is to end waits for the answer to its request',
    edits: [{ file: `${CC}/orders/order.ts`, from: "if (status === 'cancel_pending' && order.fulfillmentId === null) return notYet('the request for fulfillment has no answer yet');", to: '' }],
    killers: [unit(`${CC}/orders/order.test.ts`, 'waits for the answer to the request before an outcome counts')],
  },
  {
    name: 'order-early', guard: 'what comes too early waits instead of being ignored',
    edits: [{ file: `${CC}/orders/order.ts`, from: "if (step.kind === 'early') return notYet(`the order is ${status}`);", to: "if (step.kind === 'early') return stale('too_early', evidence);" }],
    killers: [unit(`${CC}/orders/order.test.ts`, 'what comes too early waits, and what comes too late is recorded with its rule')],
  },
  {
    name: 'order-other-fulfillment', guard: 'an outcome of another fulfillment is none of this order',
    edits: [{ file: `${CC}/orders/order.ts`, from: "'fulfillmentId' in data && data.fulfillmentId !== order.fulfillmentId;", to: "'fulfillmentId' in data && data.fulfillmentId === '';" }],
    killers: [unit(`${CC}/orders/order.test.ts`)],
  },
  {
    name: 'order-other-client', guard: 'what is told for another client of the fulfilling side is none of this order',
    edits: [{ file: `${CC}/orders/order.ts`, from: "if ('clientId' in signal.data && signal.data.clientId !== clientId) return", to: "if ('clientId' in signal.data && signal.data.clientId === '') return" }],
    killers: [unit(`${CC}/orders/order.test.ts`)],
  },
  {
    name: 'order-outcomes-fit', guard: 'outcomes that do not answer line by line for what was ordered are left to a person',
    edits: [{ file: `${CC}/orders/order.ts`, from: 'if (!fits) throw', to: 'if (!fits && outcomes.length > 1_000) throw' }],
    killers: [unit(`${CC}/orders/order.test.ts`, 'outcomes that do not answer for the order are left to a person')],
  },
  {
    name: 'undone-money', guard: 'an order is cancelled only when its money is back',
    edits: [{ file: `${CC}/orders/order.ts`, from: "(stock === 'released' && (money === 'none' || (money === 'returned' && delivery === 'ended')))", to: "(stock === 'released' && (money !== 'unknown' || delivery === 'ended'))" }],
    killers: [unit(`${CC}/orders/order.test.ts`, 'nothing is left to be undone only when stock, money and delivery say so')],
  },
  {
    name: 'undone-delivery', guard: 'an order is cancelled only when nothing of it will be delivered',
    edits: [{ file: `${CC}/orders/order.ts`, from: "(money === 'returned' && delivery === 'ended')", to: "money === 'returned'" }],
    killers: [unit(`${CC}/orders/order.test.ts`, 'nothing is left to be undone only when stock, money and delivery say so')],
  },
  {
    name: 'charge-unwanted', guard: 'money is not asked for when the order asks to be cancelled',
    edits: [{ file: `${CC}/payments/asking.ts`, from: "isUnanswered({ status }) && !orderEnds && status !== 'withdrawing';", to: 'isUnanswered({ status });' }],
    killers: [unit(`${CC}/payments/flow.test.ts`, 'while the provider cannot be reached is not charged when it can be again')],
  },
  {
    name: 'charge-key', guard: 'each attempt to charge has the same key',
    edits: [{ file: `${CC}/payments/asking.ts`, from: '.charge({ key, amount: minorUnits(data.amount)', to: '.charge({ key: `${key}.${Math.random()}`, amount: minorUnits(data.amount)' }],
    killers: [EFFECTS],
  },
  {
    name: 'refund-key', guard: 'each attempt to give money back has the same key',
    edits: [{ file: `${CC}/payments/asking.ts`, from: 'return { key, charge: { key: paymentId', to: 'return { key: `${key}.${Math.random()}`, charge: { key: paymentId' }],
    killers: [EFFECTS],
  },
  {
    name: 'request-key', guard: 'each attempt to request a fulfillment has the same key',
    edits: [{ file: `${CC}/fulfillment/fulfiller.ts`, from: '{ idempotencyKey: key, correlationId', to: '{ idempotencyKey: `${key}.${Math.random()}`, correlationId' }],
    killers: [EFFECTS],
  },
  {
    name: 'refund-once', guard: 'a refund that was given does not count again',
    edits: [{ file: `${CC}/payments/refunds.ts`, from: "if (refund === undefined || refund.isDone) return stale(refund === undefined ? 'unknown_refund' : 'already_refunded', { refundId });\n  return decided(giveBack(", to: "if (refund === undefined) return stale('unknown_refund', { refundId });\n  return decided(giveBack(" }],
    killers: [unit(`${CC}/payments/payment.test.ts`, 'is told as given with what was given in all, and once')],
  },
  {
    name: 'refund-lines-once', guard: 'a line that is refunded twice is paid back once',
    edits: [{ file: `${CC}/payments/refunds.ts`, from: "(lineIds === 'all' || lineIds.includes(lineId)) && !payment.goneLines.includes(lineId));", to: "lineIds === 'all' || lineIds.includes(lineId));" }],
    killers: [unit(`${CC}/payments/payment.test.ts`, 'What is owed back')],
  },
  {
    name: 'refund-awaits-charge', guard: 'what is owed back waits for the answer to the charge',
    edits: [{ file: `${CC}/payments/refunds.ts`, from: "return notYet('the payment has no answer yet');", to: "return stale('nothing_charged', { status: payment.status });" }],
    killers: [unit(`${CC}/payments/payment.test.ts`, 'is nothing for what was never charged; and waits for an answer')],
  },
  {
    name: 'refund-disputed', guard: 'while money is disputed none of it is given back',
    edits: [
      { file: `${CC}/payments/asking.ts`, from: "  if (mustWait && !maybeSent) return 'held';\n", to: '' },
      { file: `${CC}/payments/asking.ts`, from: "  if (mustWait && await isAbsent(provider, order, signal)) return 'held';\n  if (!mustWait) await", to: '  await' },
    ],
    killers: [unit(`${CC}/payments/updates.test.ts`, 'and was told before, while the provider could not be reached, is not sent')],
  },
  {
    name: 'refund-most', guard: 'no more is given back than was taken',
    edits: [{ file: `${CC}/payments/update.ts`, from: "if (update.amount === 0n || update.amount > left(payment)) return illegal('more_than_charged');", to: "if (update.amount === 0n) return illegal('more_than_charged');" }],
    killers: [unit(`${CC}/payments/payment.test.ts`, 'of a refund that was made at the provider counts against what is left')],
  },
  {
    name: 'update-repeated', guard: 'an update of a provider that comes again has its effect once',
    edits: [{ file: `${CC}/payments/webhooks.pg.ts`, from: "if (earlier !== undefined && !isPlaced && !earlier.verdict.endsWith('illegal')) return", to: "if (earlier !== undefined && !isPlaced && earlier.verdict === '') return" }],
    killers: [unit(`${CC}/payments/updates.test.ts`, 'fifty at once, of which most are the same, have each effect once')],
  },
  {
    name: 'update-reused', guard: 'an update under the id of another one is refused',
    edits: [{ file: `${CC}/payments/webhooks.pg.ts`, from: 'if (earlier !== undefined && !earlier.digest.equals(digest)) return', to: 'if (earlier !== undefined && earlier.digest.length === 0) return' }],
    killers: [unit(`${CC}/payments/updates.test.ts`)],
  },
  {
    name: 'stock-shortage', guard: 'nothing is set aside that is not there',
    edits: [{ file: `${CC}/inventory/reserve.ts`, from: 'return wanted > available ? ', to: 'return wanted > available + 1_000_000 ? ' }],
    killers: [unit(`${CC}/inventory/decisions.test.ts`, 'gets none of its lines when one of them is short')],
  },
  {
    name: 'stock-released-once', guard: 'what was set aside is free again once',
    edits: [{ file: `${CC}/inventory/release.ts`, from: "status === 'releasing' && ids.has(lineId) ?", to: 'ids.has(lineId) ?' }],
    killers: [unit(`${CC}/inventory/decisions.test.ts`, 'is free again after')],
  },
  {
    name: 'refund-failed-again', guard: 'a refund that failed once more is not cleared by what was paid before that',
    edits: [{ file: `${CC}/payments/update.ts`, from: 'refund.failure.atMs < failure.atMs ?', to: 'refund.failure.atMs < 0 ?' }],
    killers: [unit(`${CC}/payments/payment.test.ts`, 'and was given anew before its failure could be judged is not for a person any more'), unit('services/commerce-coordinator/src/saga-model/saga-model.test.ts', 'a refund that fails once more, which is told before it was told that it had been paid since')],
  },
];
