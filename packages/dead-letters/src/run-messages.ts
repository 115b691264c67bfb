/**
 * The part of a run that works on messages of a dead-letter queue, one hand after the other.
 *
 * Promise: a message leaves its queue only when it is where it belongs: in the log, on the queue of the consumer, or given up with
 * its reason in the ledger. It is counted once. After a kill it comes again, and what was done already changes nothing.
 *
 * How a message comes to where it belongs, its queue knows. All of what the consumer did not take is moved back by SQS itself.
 */
import { inTransaction } from '@commerce/event-log/transaction';
import type { BroughtBack, DeadQueue } from './dead-queue.ts';
import type { Hand, InHand } from './dead-queues.ts';
import { discard, end, refuse } from './messages.pg.ts';
import { hidden, moveAll, PATIENCE_MS } from './move-all.ts';
import type { Progress } from './runs.pg.ts';
import { isWhole, keysOf, kindOf, means } from './selection.ts';
import type { QueueName } from './selection.ts';
import { giverUp } from './step.ts';
import type { MessageStep } from './step.ts';

/** So many asks that find nothing at all, one after the other: a queue of SQS stands on many servers. Then SQS's own count is asked. */
const EMPTY_ASKS = 2;
const HIDDEN_POLL_MS = 1_000;

/** Resolves with false when it was stopped. */
export async function runMessages(step: MessageStep, queue: QueueName): Promise<boolean> {
  const { run, queues, signal } = step;
  if (queue === 'dead' && run.act === 'redrive' && isWhole(run.selection)) return moveAll(step);
  return queues.inHand(queue, signal, (hand) => eachMessage(step, queues.of(queue), hand));
}

async function eachMessage(step: MessageStep, queue: DeadQueue, hand: Hand): Promise<boolean> {
  const { run, log, note, monotonicMs, sleep, signal } = step;
  const isMeant = means(run.selection, queue.name);
  const missing = new Set(keysOf(run.selection, kindOf(queue.name)));
  const hasNames = missing.size > 0;
  let freshMs = monotonicMs();
  for (let empty = 0; !hasNames || missing.size > 0; ) {
    const { fresh, isEmpty } = await hand.next();
    empty = isEmpty ? empty + 1 : 0;
    if (fresh.length > 0) freshMs = monotonicMs();
    for (const { messageId } of fresh) missing.delete(messageId);
    const meant = fresh.filter((one) => isMeant(one) && (run.selection.mended !== true || queue.judge(one.message).isAccepted));
    if (!(await inPace(step, queue, hand, meant))) return false;
    if (hand.isFull) return note(log.pool, { lastError: FULL });
    const isPatient = monotonicMs() - freshMs <= PATIENCE_MS;
    if (empty < EMPTY_ASKS && isPatient) continue;
    const beside = await hand.beside();
    if (beside === 0) return true;
    if (!isPatient) return note(log.pool, { lastError: hidden(beside) });
    await sleep(HIDDEN_POLL_MS, signal);
  }
  return true;
}

const FULL = 'No more messages are kept at a time: too many that are not meant lie before the rest. Discard those, or move all, and begin again.';

/** Works on what one ask has brought, so many at once that no second sees more than the rate. */
async function inPace(step: MessageStep, queue: DeadQueue, hand: Hand, messages: readonly InHand[]): Promise<boolean> {
  const { run: { rate }, log, note, pace, signal } = step;
  if (messages.length === 0) return note(log.pool, {});
  for (let from = 0; from < messages.length; from += rate) {
    const some = messages.slice(from, from + rate);
    await hand.keep();
    if (!(await act(step, queue, hand, some))) return false;
    await pace.spend(some.length, signal);
  }
  return true;
}

/** One batch: done, recorded, deleted, in this order. */
async function act(step: MessageStep, queue: DeadQueue, hand: Hand, messages: readonly InHand[]): Promise<boolean> {
  const { run, log, faults, note } = step;
  const { done, known = 0, refused }: BroughtBack = run.act === 'discard'
    ? { done: messages.map(({ messageId }) => messageId), refused: [] } : await queue.bringBack(messages.map(({ message }) => message), step.signal);
  await faults.hit('dead-letters.done');
  const isOn = await inTransaction(log.pool, async (tx) => {
    const progress: Progress = run.act === 'discard' ? { discarded: await discard(tx, queue.name, done, giverUp(run)) } : counted(await end(tx, 'redriven', done), await refuse(tx, run.runId, refused), known);
    return note(tx, progress);
  });
  await faults.hit('dead-letters.noted');
  await hand.remove(done);
  return isOn;
}

/** Of those that are ended now, some were in the log already: by another copy, or by a run that was killed. */
function counted(ended: number, refused: number, known: number): Progress {
  const old = Math.min(known, ended);
  return { redriven: ended - old, known: old, refused };
}
