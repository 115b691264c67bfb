/**
 * The queue between the services, as SQS promises it and no better: at least once, in no order, invisible for a while to others, and
 * a dead-letter queue behind it.
 */
import type { QueueCalls } from '@commerce/bus/queue';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';
import type { Due } from './timely.ts';

type Received = Awaited<ReturnType<QueueCalls['receive']>>[number];

interface Message {
  readonly id: string;
  readonly body: string;
  receiveCount: number;
  visibleAtMs: number;
  handle: string;
  /** For so long it was hidden when it was handed out. */
  hiddenSeconds: number;
  /** A process has it, and will say what becomes of it. */
  inHand: (() => boolean) | undefined;
  /** Each time that it came to a process, and that process heard of it. */
  readonly hands: Hand[];
  /** How many were sent before it. */
  readonly place: number;
  readonly delayed: 'queue.late' | 'queue.reordered' | undefined;
  /** The same, sent twice by the queue itself. */
  twin: Message | undefined;
  /** A delete was said to be done, and it is still there. */
  isDeleteLost: boolean;
  /** Called when it is handed out for the first time. */
  readonly onTaken: () => void;
}

/** One delivery. */
interface Hand {
  readonly process: Process;
  /** Known when it is over, that is when the message comes again, or is dead: it could be judged, and what was found be written. */
  couldBeJudged: boolean | undefined;
}

export const VISIBILITY_S = 30;
const MAX_RECEIVES = 5;
const BATCH = 10;
/** As long as a call of the consumer may take. */
const HANG_MS = 5_000;

export class MemoryQueue {
  readonly dead: Message[] = [];
  readonly #kernel: Kernel;
  readonly #messages = new Map<string, Message>();
  #wake: (() => void) | undefined;
  #ids = 0;
  /** The place of the last one of those that were handed out. */
  #latest = 0;

  readonly #onFault: (text: string) => void;

  constructor(kernel: Kernel, onFault: (text: string) => void) {
    this.#kernel = kernel;
    this.#onFault = onFault;
  }

  /** Messages that were not deleted, those in hand too. */
  get size(): number {
    return this.#messages.size;
  }

  bodies(): string[] {
    return [...this.#messages.values()].map(({ body }) => body);
  }

  /** Messages that may be received. */
  *due(): Iterable<Due> {
    for (const { id, receiveCount, visibleAtMs } of this.#messages.values()) if (visibleAtMs <= this.#kernel.nowMs) yield { what: `the message ${id}, received ${receiveCount} times before,` };
  }

  /** A message arrives: perhaps twice, perhaps late. `onTaken` is called when it is handed out for the first time. */
  send(body: string, onTaken: () => void = () => undefined): void {
    const kernel = this.#kernel;
    const copies = kernel.draws('queue.duplicate') ? 2 : 1;
    let twin: Message | undefined;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayed = kernel.draws('queue.late') ? 'queue.late' : kernel.draws('queue.reordered') ? 'queue.reordered' : undefined;
      const delayMs = delayed === 'queue.late' ? kernel.between(60_000, 600_000) : delayed === 'queue.reordered' ? kernel.between(50, 5_000) : kernel.between(1, 20);
      const place = (this.#ids += 1);
      const message: Message = {
        id: `m${place}`, body, receiveCount: 0, visibleAtMs: kernel.nowMs + delayMs, handle: '', hiddenSeconds: 0, inHand: undefined, hands: [], place, delayed, twin, isDeleteLost: false,
        onTaken: copy === 0 ? onTaken : () => undefined,
      };
      if (twin !== undefined) twin.twin = message;
      twin = message;
      this.#messages.set(message.id, message);
      kernel.after(delayMs, `message ${message.id} is there`, () => this.#wake?.());
    }
  }

  /** It is handed out: what was to happen to it has happened now. */
  #met(message: Message): void {
    const kernel = this.#kernel;
    if (message.isDeleteLost) {
      message.isDeleteLost = false;
      kernel.hit('queue.delete_lost');
    }
    if (message.receiveCount > 1) return;
    message.onTaken();
    if (message.delayed === 'queue.late') kernel.hit('queue.late');
    if (message.delayed === 'queue.reordered' && message.place < this.#latest) kernel.hit('queue.reordered');
    if ((message.twin?.receiveCount ?? 0) > 0) kernel.hit('queue.duplicate');
    this.#latest = Math.max(this.#latest, message.place);
  }

  /** The calls that one process makes. */
  calls(process: Process): QueueCalls {
    const live = <Result>(promise: Promise<Result>): Promise<Result> => process.live(promise);
    return {
      name: 'fulfillment-events',
      facts: async () => ({ visibilitySeconds: VISIBILITY_S }),
      receive: (seconds, signal) => live(this.#receive(seconds, signal, process)),
      remove: (handles) => live(this.#remove(handles)),
      changeVisibility: (changes) => live(this.#changeVisibility(changes)),
      close: () => undefined,
    };
  }

  async #receive(seconds: number, signal: AbortSignal, process: Process): Promise<Received[]> {
    const kernel = this.#kernel;
    await this.#asked('queue.receive_failed');
    const endsAtMs = kernel.nowMs + 20_000;
    for (;;) {
      const found = this.#take(seconds);
      if (found.length > 0) {
        kernel.note(`received ${found.map(({ messageId, receiveCount }) => `${messageId}×${receiveCount}`).join(' ')}`);
        if (kernel.fault('queue.receive_lost')) {
          await kernel.sleep(HANG_MS);
          throw new Error('The answer was lost.');
        }
        for (const { messageId } of found) {
          this.#inHand(messageId, () => process.isAlive);
          this.#messages.get(messageId)?.hands.push({ process, couldBeJudged: undefined });
        }
        return found;
      }
      const next = Math.min(endsAtMs, ...[...this.#messages.values()].map(({ visibleAtMs }) => visibleAtMs));
      if (kernel.nowMs >= endsAtMs || signal.aborted) return [];
      const over = new AbortController();
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), kernel.sleep(Math.max(1, next - kernel.nowMs), over.signal).catch(() => undefined)]);
      over.abort();
    }
  }

  #inHand(id: string, isHeld: (() => boolean) | undefined): void {
    const message = this.#messages.get(id);
    if (message !== undefined) message.inHand = isHeld;
  }

  #take(seconds: number): Received[] {
    const kernel = this.#kernel;
    const found: Received[] = [];
    for (const message of this.#messages.values()) {
      if (message.visibleAtMs > kernel.nowMs || found.length === BATCH) continue;
      const last = message.hands.at(-1);
      if (last !== undefined) last.couldBeJudged ??= last.process.isAlive && !kernel.seesClogged('cc.db');
      if (message.receiveCount >= MAX_RECEIVES) {
        this.#messages.delete(message.id);
        this.dead.push(message);
        kernel.note(`message ${message.id} is dead`);
        continue;
      }
      if (message.inHand?.() === true) this.#onFault(`queue: ${message.id} came again while it was in hand`);
      message.inHand = undefined;
      message.receiveCount += 1;
      message.visibleAtMs = kernel.nowMs + seconds * 1_000;
      message.hiddenSeconds = seconds;
      message.handle = `${message.id}/${message.receiveCount}`;
      this.#met(message);
      found.push({ messageId: message.id, receiptHandle: message.handle, body: message.body, receiveCount: message.receiveCount });
    }
    return found;
  }

  async #remove(handles: readonly string[]): Promise<string[]> {
    const kernel = this.#kernel;
    for (const handle of handles) this.#inHand(handle.split('/')[0] ?? '', undefined);
    await this.#asked('queue.delete_failed');
    const failed: string[] = [];
    for (const handle of handles) {
      const message = this.#messages.get(handle.split('/')[0] ?? '');
      if (message === undefined || message.handle !== handle) continue;
      if (kernel.draws('queue.delete_lost')) message.isDeleteLost = true;
      else if (kernel.fault('queue.delete_partial')) failed.push(handle);
      else this.#messages.delete(message.id);
    }
    return failed;
  }

  async #changeVisibility(changes: Parameters<QueueCalls['changeVisibility']>[0]): Promise<typeof failed> {
    const failed: Parameters<QueueCalls['changeVisibility']>[0][number][] = [];
    // A call that hangs keeps nothing in hand.
    if (this.#kernel.isClogged('queue')) for (const { receiptHandle } of changes) this.#inHand(receiptHandle.split('/')[0] ?? '', undefined);
    const isKept = await this.#asked('queue.beat_failed').then(() => true, () => false);
    // Given back, or nobody knows: it may come again.
    for (const { receiptHandle, seconds } of changes) {
      const id = receiptHandle.split('/')[0] ?? '';
      if (!isKept || seconds !== this.#messages.get(id)?.hiddenSeconds) this.#inHand(id, undefined);
    }
    if (!isKept) throw new Error('The queue is at fault.');
    for (const change of changes) {
      const message = this.#messages.get(change.receiptHandle.split('/')[0] ?? '');
      if (message === undefined || message.handle !== change.receiptHandle || message.visibleAtMs <= this.#kernel.nowMs) failed.push(change);
      else message.visibleAtMs = this.#kernel.nowMs + change.seconds * 1_000;
    }
    return failed;
  }

  /** The way there. Throws where the call fails. */
  async #asked(kind: 'queue.receive_failed' | 'queue.delete_failed' | 'queue.beat_failed'): Promise<void> {
    const kernel = this.#kernel;
    if (kernel.isClogged('queue')) {
      await kernel.sleep(HANG_MS);
      throw new Error('No answer.');
    }
    await kernel.sleep(kernel.between(1, 8));
    if (kernel.fault(kind)) throw new Error('The queue is at fault.');
  }
}
