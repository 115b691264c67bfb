/**
 * The redrive of a whole dead-letter queue: SQS moves the messages back, this asks it to and watches.
 *
 * Promise: the queue stays in this hand, empty, until the run has ended, for SQS moves only what nobody hides: who lists meanwhile is
 * shown what the last look saw. What was hidden all the same is moved by another task, until as many were moved as lay there when the run
 * began; what comes back because it is refused again is not moved in a circle. A run that leaves messages behind says so.
 */
import type { LyingQueue, MoveTask, QueueInOperation } from '@commerce/bus/operated-queue';
import type { Hand } from './dead-queues.ts';
import { countMeant } from './list.pg.ts';
import { forgetAll } from './messages.pg.ts';
import type { MessageStep } from './step.ts';

/** A run waits so long for messages that lie there and do not come: longer than those of a killed process stay hidden. */
export const PATIENCE_MS = 20 * 60_000;
const MOVE_POLL_MS = 300;
/** Until SQS is asked again for what the task before has not seen. Each task is kept by SQS, so they are few. */
const AGAIN_MS = 10_000;

export function hidden(count: number): string {
  return `SQS tells of ${count} more messages and did not give them: somebody else holds them hidden. Begin again later.`;
}

/** Where a run stands, kept with it, so that whoever carries it on after a kill knows its own task. */
interface Place {
  /** When the task began that was the last one before the present one. Unix milliseconds; 0 for none. */
  readonly beforeMs: number;
  /** What the tasks of this run moved that are over. */
  readonly moved: number;
  /** How many lay there when it began. */
  readonly wanted: number;
}

/** Resolves with false when it was stopped. */
export async function moveAll(step: MessageStep): Promise<boolean> {
  return step.queues.inHand('dead', step.signal, (hand) => moveTasks(step, hand));
}

async function moveTasks(step: MessageStep, hand: Hand): Promise<boolean> {
  const { run, log, sleep, monotonicMs, signal, note } = step;
  let place = run.place === null ? await begin(step, hand) : (JSON.parse(run.place) as Place);
  if (run.place === null && !(await note(log.pool, { place: JSON.stringify(place) }))) return false;
  for (let movedMs = monotonicMs(); ; ) {
    const ended = await moveOnce(step, hand, place);
    if (ended === undefined) return false;
    if (ended.moved > 0) movedMs = monotonicMs();
    place = { ...place, beforeMs: ended.startedAtMs, moved: place.moved + ended.moved };
    const left = await hand.queue.depth(signal);
    if (left === 0 || place.moved >= place.wanted || ended.status === 'FAILED') return note(log.pool, {});
    if (monotonicMs() - movedMs > PATIENCE_MS) return note(log.pool, { lastError: hidden(left) });
    if (!(await note(log.pool, { place: JSON.stringify(place) }))) return false;
    await waits(AGAIN_MS, hand, sleep, signal);
  }
}

/** SQS may count a minute behind; what a look saw lies there too. */
async function begin({ log, signal }: MessageStep, hand: Hand): Promise<Place> {
  const queue = ofSqs(hand.queue);
  const [last, depth, seen] = await Promise.all([queue.lastMove(signal), queue.depth(signal), countMeant(log.pool, { queue: 'dead' })]);
  return { beforeMs: last?.startedAtMs ?? 0, moved: 0, wanted: Math.max(depth, seen) };
}

/** One task, begun here or before a kill, to its end. Undefined when it was stopped. */
async function moveOnce({ run, log, sleep, faults, signal, note }: MessageStep, hand: Hand, { beforeMs, moved }: Place): Promise<MoveTask | undefined> {
  const queue = ofSqs(hand.queue);
  const isOurs = (task: MoveTask | undefined): task is MoveTask => task !== undefined && task.startedAtMs > beforeMs;
  await faults.hit('dead-letters.asks');
  if (!isOurs(await queue.lastMove(signal))) await queue.startMove(run.rate, signal);
  await faults.hit('dead-letters.moving');
  for (let isCancelled = false; ; await waits(MOVE_POLL_MS, hand, sleep, signal)) {
    const task = await queue.lastMove(signal);
    if (!isOurs(task)) continue;
    const isOver = ['COMPLETED', 'CANCELLED', 'FAILED'].includes(task.status);
    // What is left there the next look shows again.
    if (isOver) await forgetAll(log.pool, 'dead');
    const isOn = await note(log.pool, { moved: moved + task.moved, ...(task.status === 'FAILED' && { lastError: `SQS gave up the move: ${task.failureReason ?? 'no reason given'}` }) });
    if (task.status === 'COMPLETED' || task.status === 'FAILED') return isOn ? task : undefined;
    if (task.status === 'CANCELLED') {
      await note(log.pool, { lastError: 'SQS cancelled the move.' });
      return undefined;
    }
    if (!isOn && !isCancelled && task.handle !== undefined) {
      await queue.cancelMove(task.handle, signal);
      isCancelled = true;
    }
  }
}

/** Sleeps, and keeps the turn meanwhile. */
async function waits(ms: number, hand: Hand, sleep: MessageStep['sleep'], signal: AbortSignal): Promise<void> {
  await sleep(ms, signal);
  await hand.keep();
}

/** The queue of this hand is of SQS: `dead`, and no other, is moved by that. */
function ofSqs(queue: LyingQueue): QueueInOperation {
  if (!('startMove' in queue)) throw new TypeError(`Nobody moves "${queue.name}".`);
  return queue as QueueInOperation;
}
