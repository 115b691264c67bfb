/**
 * Keeps messages in hand invisible to others: each is extended once half of its time is over. As long as messages are settled
 * quickly this calls nobody. An extension that fails is tried again at the next look; at worst a message comes twice.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { inTens } from './by-tens.ts';
import type { Queue, ReceivedMessage } from './queue.sqs.ts';

/** A message whose invisibility is looked after. */
export interface InHand {
  readonly message: Pick<ReceivedMessage, 'receiptHandle'>;
  /** Until when SQS keeps it invisible at least, on the monotonic clock: counted from when that was asked for. */
  visibleAtMs: number;
}

export interface StayInvisibleOptions {
  /** What is in hand now; changes meanwhile. */
  readonly held: ReadonlySet<InHand>;
  readonly queue: Pick<Queue, 'changeVisibility'>;
  /** The visibility timeout. */
  readonly seconds: number;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
  /** Told how many were extended. */
  readonly extended: (count: number) => void;
  readonly signal: AbortSignal;
}

/** Resolves once `signal` has aborted. */
export async function stayInvisible(options: StayInvisibleOptions): Promise<void> {
  const { held, seconds, sleep, monotonicMs, signal } = options;
  const halfMs = seconds * 500;
  while (!signal.aborted) {
    await sleep(halfMs / 4, signal).catch(() => undefined);
    const nowMs = monotonicMs();
    const due = [...held].filter(({ visibleAtMs }) => visibleAtMs - nowMs <= halfMs);
    await Promise.all(inTens(due).map((ten) => extend(ten, options)));
  }
}

async function extend(ten: readonly InHand[], { queue, seconds, monotonicMs, extended, signal }: StayInvisibleOptions): Promise<void> {
  const visibleAtMs = monotonicMs() + seconds * 1_000;
  const byHandle = new Map(ten.map((one) => [one.message.receiptHandle, one]));
  try {
    const failed = await queue.changeVisibility([...byHandle.keys()].map((receiptHandle) => ({ receiptHandle, seconds })), signal);
    for (const { receiptHandle } of failed) byHandle.delete(receiptHandle);
    for (const one of byHandle.values()) one.visibleAtMs = visibleAtMs;
    extended(byHandle.size);
  } catch {
    // The next look finds it due again.
  }
}
