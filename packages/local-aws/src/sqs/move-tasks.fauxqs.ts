/**
 * The tasks that move messages out of a dead-letter queue; fauxqs has none.
 *
 * Promise: a task moves as many messages as were visible when it began, each to the queue that it came from or to the given
 * one, as a new message with a new id, at no more than the given rate (500 a second if none is given). A source has one
 * running task; the last ten are remembered. A message whose queue is not known, or gone, ends the task as FAILED, and stays.
 */
import type { Clock } from '../ports.ts';
import { sendMessage, SqsError, SqsStore, type SqsMessage, type SqsQueue } from './fauxqs.ts';

export type MoveStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';

export interface MoveTask {
  readonly handle: string;
  readonly sourceArn: string;
  readonly destinationArn: string | undefined;
  readonly maxPerSecond: number | undefined;
  readonly startedAtMs: number;
  readonly toMove: number;
  moved: number;
  status: MoveStatus;
  failureReason: string | undefined;
}

export interface MoveSpec {
  readonly source: SqsQueue;
  readonly destination: SqsQueue | undefined;
  readonly maxPerSecond: number | undefined;
}

export interface MoveTasks {
  start(spec: MoveSpec): MoveTask;
  /** The tasks of that source, the latest first. */
  of(sourceArn: string): readonly MoveTask[];
  cancel(task: MoveTask): void;
  close(): void;
}

interface MoveParts {
  readonly store: SqsStore;
  readonly clock: Clock;
  readonly newId: () => string;
  isFull(queue: SqsQueue): boolean;
  /** The queue that sent the message to its dead-letter queue. */
  originOf(message: SqsMessage): SqsQueue | undefined;
}

/** What a task handle says. */
export interface MoveHandle {
  readonly taskId: string;
  readonly sourceArn: string;
}

const MOST_PER_SECOND = 500;
const STEPS_PER_SECOND = 50;
const REMEMBERED = 10;
/** How long a message is hidden from consumers while it is moved. */
const HIDDEN_SECONDS = 30;
const GONE = 'AWS.SimpleQueueService.NonExistentQueue';

export function createMoveTasks({ store, clock, newId, isFull, originOf }: MoveParts): MoveTasks {
  const tasks = new Map<string, MoveTask[]>();
  const waiting = new Map<MoveTask, () => void>();

  function start({ source, destination, maxPerSecond }: MoveSpec): MoveTask {
    source.processTimers();
    const task: MoveTask = {
      handle: writeHandle({ taskId: newId(), sourceArn: source.arn }), sourceArn: source.arn, destinationArn: destination?.arn, maxPerSecond,
      startedAtMs: clock.nowMs(), toMove: Number(source.getAttribute('ApproximateNumberOfMessages')), moved: 0, status: 'RUNNING', failureReason: undefined,
    };
    tasks.set(source.arn, [task, ...(tasks.get(source.arn) ?? [])].slice(0, REMEMBERED));
    next(task);
    return task;
  }

  function next(task: MoveTask): void {
    const rate = task.maxPerSecond ?? MOST_PER_SECOND;
    const perStep = Math.ceil(rate / STEPS_PER_SECOND);
    waiting.set(task, clock.after((perStep / rate) * 1_000, () => step(task, perStep)));
  }

  function step(task: MoveTask, perStep: number): void {
    for (let count = 0; count < perStep && task.status === 'RUNNING' && task.moved < task.toMove; count += 1) {
      const outcome = moveOne(task);
      if (outcome === 'full') break;
      if (outcome === 'moved') task.moved += 1;
      else end(task, outcome);
    }
    if (task.status === 'CANCELLING') return end(task, { status: 'CANCELLED' });
    if (task.status !== 'RUNNING') return undefined;
    return task.moved < task.toMove ? next(task) : end(task, { status: 'COMPLETED' });
  }

  function end(task: MoveTask, { status, reason }: { status: MoveStatus; reason?: string }): void {
    waiting.delete(task);
    task.status = status;
    task.failureReason = reason;
  }

  function moveOne({ sourceArn, destinationArn }: MoveTask): 'moved' | 'full' | { status: MoveStatus; reason?: string } {
    const source = store.getQueueByArn(sourceArn);
    if (source === undefined) return { status: 'FAILED', reason: GONE };
    const handle = source.dequeue(1, HIDDEN_SECONDS)[0]?.ReceiptHandle;
    if (handle === undefined) return { status: 'COMPLETED' };
    const message = source.inflightMessages.get(handle)?.message as SqsMessage;
    const origin = destinationArn === undefined ? originOf(message) : store.getQueueByArn(destinationArn);
    const destination = origin === undefined ? undefined : store.getQueueByArn(origin.arn);
    if (destination === undefined || isFull(destination)) {
      source.changeVisibility(handle, 0);
      if (destination !== undefined) return 'full';
      return { status: 'FAILED', reason: destinationArn === undefined && origin === undefined ? 'CouldNotDetermineMessageSource' : GONE };
    }
    put(store, destination, message);
    source.deleteMessage(handle);
    return 'moved';
  }

  return {
    start,
    of: (sourceArn) => tasks.get(sourceArn) ?? [],
    cancel: (task) => {
      task.status = 'CANCELLING';
    },
    close: () => {
      for (const stop of waiting.values()) stop();
      waiting.clear();
    },
  };
}

/** Moved out of a FIFO queue, a message is deduplicated by the id it had. */
function put(store: SqsStore, queue: SqsQueue, { body, messageAttributes, messageGroupId, messageId }: SqsMessage): void {
  if (queue.isFifo()) {
    sendMessage({ QueueUrl: queue.url, MessageBody: body, MessageAttributes: messageAttributes, MessageGroupId: messageGroupId, MessageDeduplicationId: messageId }, store);
    return;
  }
  queue.enqueue(SqsStore.createMessage(body, messageAttributes, undefined, messageGroupId));
}

function writeHandle(handle: MoveHandle): string {
  return Buffer.from(JSON.stringify(handle)).toString('base64');
}

/** Reads a task handle. Throws SQS's error for what is none. */
export function readHandle(text: unknown): MoveHandle {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(String(text), 'base64').toString()) as Partial<MoveHandle>;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SqsError('InvalidParameterValue', 'Value for parameter TaskHandle is invalid.');
}

/** The queue of the ARN that a parameter gives. Throws SQS's error if there is none. */
export function queueOf(store: SqsStore, arn: unknown, parameter: 'SourceArn' | 'DestinationArn'): SqsQueue {
  const queue = typeof arn === 'string' ? store.getQueueByArn(arn) : undefined;
  if (queue !== undefined) return queue;
  throw new SqsError('ResourceNotFoundException', `The resource that you specified for the ${parameter} parameter doesn't exist.`, 404);
}
