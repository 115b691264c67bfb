/**
 * Puts the events of a dead-letter queue that belongs to a bus on a bus again: one after the other, each deleted when the bus has taken it.
 *
 * Promise: what the bus refuses, and what is no event, stays in the queue and is told by its message id; nothing is passed over in
 * silence. An event that was put back and not deleted, because this was killed, is put back once more under its own id.
 */
import type { LyingMessage, QueueInOperation } from '@commerce/bus/operated-queue';
import type { Sleep } from '@commerce/service-kit/ports';
import { z } from 'zod';
import type { Pace } from '../pace.ts';

/** An entry of PutEvents without its bus. `detail` is text. */
export interface Entry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  readonly time: Date;
  readonly resources: readonly string[];
}

export interface PutBackOptions {
  readonly queue: Pick<QueueInOperation, 'receive' | 'remove' | 'depth'>;
  /** Puts one event on the bus; resolves with why the bus did not take it, or undefined. */
  readonly put: (entry: Entry) => Promise<string | undefined>;
  readonly pace: Pick<Pace, 'spend'>;
  readonly sleep: Sleep;
  /** Told of each refused message, and after each ask. */
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
  /** For how long an ask waits when nothing is there. Default 5 s. */
  readonly waitSeconds?: number;
}

export interface PutBackResult {
  readonly put: number;
  readonly refused: number;
  /** What SQS tells of beside the refused ones: others hold it hidden, or SQS counts behind. */
  readonly left: number;
}

const HIDE_SECONDS = 60;
/** SQS counts up to a minute behind. */
const EMPTY_ASKS = 12;

const eventForm = z.object({ source: z.string(), 'detail-type': z.string(), detail: z.record(z.string(), z.unknown()), time: z.coerce.date(), resources: z.array(z.string()) });

export async function putBack({ queue, put, pace, sleep, tell, signal, waitSeconds = 5 }: PutBackOptions): Promise<PutBackResult> {
  const refused = new Set<string>();
  let count = 0;
  for (let empty = 0; ; ) {
    const fresh = (await queue.receive(HIDE_SECONDS, waitSeconds, signal)).filter(({ messageId }) => !refused.has(messageId));
    for (const message of fresh) {
      const fault = await putOne(message, put);
      if (fault === undefined) {
        await queue.remove([message.receiptHandle], signal);
        count += 1;
      } else {
        refused.add(message.messageId);
        tell(`${message.messageId} stays in the queue: ${fault}`);
      }
      await pace.spend(1, signal);
    }
    if (fresh.length > 0) tell(`${count} put back, ${refused.size} refused`);
    empty = fresh.length > 0 ? 0 : empty + 1;
    const left = empty === 0 ? 1 : Math.max(0, (await queue.depth(signal)) - refused.size);
    if (empty > 0 && (left === 0 || empty >= EMPTY_ASKS)) return { put: count, refused: refused.size, left };
    if (empty > 0) await sleep(1_000 * waitSeconds, signal);
  }
}

async function putOne({ body }: LyingMessage, put: PutBackOptions['put']): Promise<string | undefined> {
  const event = eventForm.safeParse(jsonOf(body));
  if (!event.success) return 'it is no event of EventBridge';
  const { source, 'detail-type': detailType, detail, time, resources } = event.data;
  return put({ source, detailType, detail: JSON.stringify(detail), time, resources });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
