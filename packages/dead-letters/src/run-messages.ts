/**
 * The part of a run that works on messages of a dead-letter queue, one hand after the other.
 *
 * Promise: a message leaves its queue only when it is where it belongs: in the log, on the queue of the consumer, or given up with
 * its reason in the ledger. It is counted once. After a kill it comes again, and what was done already changes nothing.
 *
 * What the consumer did not take goes straight into the log, by the consumer's own judgement: the verdict is known at once, and what
 * is still refused stays where it is. What EventBridge could not deliver is put on the queue as the rule would have put it
 * there: published again on the bus of its owner it would reach every other subscriber a second time, and this service has no
 * right to speak there. All of a kind is moved back by SQS itself.
 */
import type { MoveTask } from '@commerce/bus/operated-queue';
import { inTransaction } from '@commerce/event-log/transaction';
import type { Hand, InHand } from './dead-queues.ts';
import { discard, end, forgetAll } from './messages.pg.ts';
import type { Progress } from './runs.pg.ts';
import { isWhole, keysOf, means } from './selection.ts';
import type { QueueKind } from './selection.ts';
import { giverUp } from './step.ts';
import type { MessageStep } from './step.ts';

/** So many asks that find nothing at all, one after the other: a queue of SQS stands on many servers. Then SQS's own count is asked. */
const EMPTY_ASKS = 2;
/** A run waits so long for messages that lie there and do not come: longer than those of a killed process stay hidden. */
const PATIENCE_MS = 20 * 60_000;
const HIDDEN_POLL_MS = 1_000;
const MOVE_POLL_MS = 300;

/** Resolves with false when it was stopped. */
export async function runMessages(step: MessageStep, kind: QueueKind): Promise<boolean> {
  const { run, queues, signal } = step;
  if (kind === 'queue' && run.act === 'redrive' && isWhole(run.selection)) return moveAll(step);
  return queues.inHand(kind, signal, (hand) => eachMessage(step, kind, hand));
}

async function eachMessage(step: MessageStep, kind: QueueKind, hand: Hand): Promise<boolean> {
  const { run, log, note, monotonicMs, sleep, signal } = step;
  const isMeant = means(run.selection, kind);
  const missing = new Set(keysOf(run.selection, kind));
  const hasNames = missing.size > 0;
  let freshMs = monotonicMs();
  for (let empty = 0; !hasNames || missing.size > 0; ) {
    const { fresh, isEmpty } = await hand.next();
    empty = isEmpty ? empty + 1 : 0;
    if (fresh.length > 0) freshMs = monotonicMs();
    for (const { messageId } of fresh) missing.delete(messageId);
    const meant = fresh.filter((one) => isMeant(one) && (run.selection.mended !== true || step.takeIn.judge(one.message.body).kind === 'event'));
    if (!(await inPace(step, kind, hand, meant))) return false;
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

const FULL = 'SQS hides no more messages at a time: too many that are not meant lie before the rest. Discard those, or move all, and begin again.';

function hidden(count: number): string {
  return `SQS tells of ${count} more messages and did not give them: somebody else holds them hidden. Begin again later.`;
}

/** Works on what one ask has brought, so many at once that no second sees more than the rate. */
async function inPace(step: MessageStep, kind: QueueKind, hand: Hand, messages: readonly InHand[]): Promise<boolean> {
  const { run: { rate }, log, note, pace, signal } = step;
  if (messages.length === 0) return note(log.pool, {});
  for (let from = 0; from < messages.length; from += rate) {
    const some = messages.slice(from, from + rate);
    await hand.keep();
    if (!(await act(step, kind, hand, some))) return false;
    await pace.spend(some.length, signal);
  }
  return true;
}

/** One batch: done, recorded, deleted, in this order. */
async function act(step: MessageStep, kind: QueueKind, hand: Hand, messages: readonly InHand[]): Promise<boolean> {
  const { run, log, faults, note } = step;
  const { done, ...result } = run.act === 'discard' ? { done: messages.map(({ messageId }) => messageId) } : kind === 'queue' ? await takeIn(step, messages) : await bringBack(step, messages);
  await faults.hit('dead-letters.done');
  const isOn = await inTransaction(log.pool, async (tx) => {
    const progress: Progress = run.act === 'discard' ? { discarded: await discard(tx, done, giverUp(run)) } : counted(await end(tx, 'redriven', done), result);
    return note(tx, progress);
  });
  await faults.hit('dead-letters.noted');
  await hand.remove(done);
  return isOn;
}

/** Of those that are ended now, some were in the log already: by another copy, or by a run that was killed. */
function counted(ended: number, { known = 0, refused = 0 }: { readonly known?: number; readonly refused?: number }): Progress {
  const old = Math.min(known, ended);
  return { redriven: ended - old, known: old, refused };
}

interface Acted {
  /** Message ids. */
  readonly done: readonly string[];
  readonly known?: number;
  readonly refused?: number;
}

/** Looks are no deliveries, and not counted as such. */
async function takeIn(step: MessageStep, messages: readonly InHand[]): Promise<Acted> {
  const verdicts = await step.takeIn.take(messages.map(({ message: { messageId, body } }) => ({ messageId, body, receiveCount: 0 })));
  const of = (...kinds: string[]): InHand[] => messages.filter((_, index) => kinds.includes(verdicts[index]?.kind ?? ''));
  return { done: of('appended', 'duplicate').map(({ messageId }) => messageId), known: of('duplicate').length, refused: of('refused').length };
}

/** Only what was to go to this very queue. */
async function bringBack({ queues, signal }: MessageStep, messages: readonly InHand[]): Promise<Acted> {
  const arn = await queues.source.arn(signal);
  const ours = messages.filter(({ message }) => message.attributes['TARGET_ARN'] === arn);
  const failed = await queues.source.send(ours.map(({ message }) => message.body), signal);
  const done = ours.filter((_, index) => !failed.has(index)).map(({ messageId }) => messageId);
  return { done, refused: messages.length - done.length };
}

/**
 * SQS moves the messages; this asks it to, and watches. Which task was the last one is noted before a new one is asked for, so that
 * whoever carries the run on after a kill knows its own.
 */
async function moveAll(step: MessageStep): Promise<boolean> {
  const { run, log, queues, sleep, faults, signal, note } = step;
  const queue = await queues.queue('queue', signal);
  const place = run.place ?? String((await queue.lastMove(signal))?.startedAtMs ?? 0);
  if (run.place === null && !(await note(log.pool, { place }))) return false;
  await faults.hit('dead-letters.asks');
  const isOurs = (task: MoveTask | undefined): task is MoveTask => task !== undefined && task.startedAtMs > Number(place);
  // Nobody may hold a message hidden while SQS begins: it moves what it sees.
  if (!isOurs(await queue.lastMove(signal))) await queues.inHand('queue', signal, () => queue.startMove(run.rate, signal));
  await faults.hit('dead-letters.moving');
  for (let isCancelled = false; ; await sleep(MOVE_POLL_MS, signal)) {
    const task = await queue.lastMove(signal);
    if (!isOurs(task)) continue;
    const isOver = ['COMPLETED', 'CANCELLED', 'FAILED'].includes(task.status);
    // What is left there the next look shows again.
    if (isOver) await forgetAll(log.pool, 'queue');
    const isOn = await note(log.pool, { moved: task.moved, ...(task.status === 'FAILED' && { lastError: `SQS gave up the move: ${task.failureReason ?? 'no reason given'}` }) });
    if (task.status === 'COMPLETED' || task.status === 'FAILED') return isOn;
    if (task.status === 'CANCELLED') {
      await note(log.pool, { lastError: 'SQS cancelled the move.' });
      return false;
    }
    if (!isOn && !isCancelled && task.handle !== undefined) {
      await queue.cancelMove(task.handle, signal);
      isCancelled = true;
    }
  }
}
