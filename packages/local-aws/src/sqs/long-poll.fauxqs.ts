/**
 * ReceiveMessage with a long poll of its own. fauxqs's poll ends empty when another caller was faster, and takes a message
 * for a caller who has hung up, which then stays invisible until its timeout; this one waits on, and lets go.
 */
import { receiveMessage as receiveNow, SqsError, type SqsQueue, type SqsStore } from './fauxqs.ts';

/** Who waits for the answer. */
export interface Caller {
  hasHungUp(): boolean;
  /** Calls `run` when the caller hangs up. */
  onHangUp(run: () => void): void;
}

const MAX_WAIT_SECONDS = 20;

export async function receiveMessage(input: Record<string, unknown>, store: SqsStore, caller: Caller): Promise<object> {
  const take = (): Promise<{ Messages?: unknown }> => receiveNow({ ...input, WaitTimeSeconds: 0 }, store) as Promise<{ Messages?: unknown }>;
  const queue = store.getQueue(String(input['QueueUrl']));
  const waitMs = waitSeconds(input, queue) * 1_000;
  const answer = await take();
  if (answer.Messages !== undefined || queue === undefined || waitMs === 0) return answer;
  return waitFor(take, queue, performance.now() + waitMs, caller);
}

async function waitFor(take: () => Promise<{ Messages?: unknown }>, queue: SqsQueue, deadlineMs: number, caller: Caller): Promise<object> {
  const hungUp = new Promise<void>((resolve) => {
    caller.onHangUp(resolve);
  });
  for (;;) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) return {};
    await Promise.race([queue.waitForMessages(leftMs / 1_000), hungUp]);
    if (caller.hasHungUp()) return {};
    const answer = await take();
    if (answer.Messages !== undefined) return answer;
  }
}

function waitSeconds(input: Record<string, unknown>, queue: SqsQueue | undefined): number {
  const wait = input['WaitTimeSeconds'] ?? queue?.attributes['ReceiveMessageWaitTimeSeconds'] ?? 0;
  const seconds = Number(wait);
  if (seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${String(wait)} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= ${MAX_WAIT_SECONDS}, if provided.`,
  );
}
