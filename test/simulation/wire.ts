/**
 * Calls over a network that loses requests and answers, delays them beyond the caller's patience, and is clogged at times. A call
 * that arrived takes place at the other side, whatever the caller hears of it.
 */
import type { Clog, Fault } from './faults.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';

/** What the caller hears: the answer, or nothing, and whether anything may have been sent. */
export type Heard<Answer> = { readonly kind: 'answer'; readonly answer: Answer } | { readonly kind: 'silence'; readonly sent: boolean; readonly why: string };

export interface CallOptions<Answer> {
  readonly what: string;
  /** The call takes place. `isAwaited`: the caller has not given up. */
  readonly arrive: (isAwaited: boolean) => Answer | Promise<Answer>;
  /** The caller gives up. */
  readonly signal?: AbortSignal | undefined;
  /** For a caller without a deadline of its own. */
  readonly timeoutMs?: number;
  /** Who is called, when it may die. */
  readonly callee?: () => Process;
}

type Over = Clog & ('http' | 'lms' | 'payments' | 'issuer');

export class Wire {
  readonly #kernel: Kernel;
  readonly #name: Over;
  /** Calls that have not come to their end, late ones too. */
  underWay = 0;

  constructor(kernel: Kernel, name: Over) {
    this.#kernel = kernel;
    this.#name = name;
  }

  call<Answer>({ what, arrive, signal, timeoutMs, callee }: CallOptions<Answer>): Promise<Heard<Answer>> {
    const kernel = this.#kernel;
    return new Promise((resolve) => {
      let isOver = false;
      let isSent = false;
      const hear = (heard: Heard<Answer>): void => {
        if (isOver) return;
        isOver = true;
        signal?.removeEventListener('abort', giveUp);
        limit?.cancel();
        resolve(heard);
      };
      const giveUp = (): void => hear({ kind: 'silence', sent: isSent, why: 'given up' });
      const limit = timeoutMs === undefined ? undefined : kernel.after(timeoutMs, '', giveUp);
      if (signal?.aborted === true) return giveUp();
      signal?.addEventListener('abort', giveUp);
      if (this.#happens('not_sent')) return void kernel.after(kernel.between(0, 3), '', () => hear({ kind: 'silence', sent: false, why: 'no connection' }));
      isSent = true;
      const isLost = this.#happens('request_lost');
      if (isLost) {
        // A reset is heard of at once; a packet that is lost is not.
        if (kernel.chance(0.5)) kernel.after(kernel.between(1, 20), '', () => hear({ kind: 'silence', sent: true, why: 'reset' }));
        return;
      }
      const isLate = this.#draws('late');
      this.underWay += 1;
      kernel.after(isLate ? kernel.between(6_000, 60_000) : kernel.between(1, 30), '', () => void this.#arrive({ what, arrive, callee }, hear, () => !isOver, isLate));
    });
  }

  async #arrive<Answer>({ what, arrive, callee }: Pick<CallOptions<Answer>, 'what' | 'arrive'> & { readonly callee: (() => Process) | undefined }, hear: (heard: Heard<Answer>) => void, isAwaited: () => boolean, isLate: boolean): Promise<void> {
    const kernel = this.#kernel;
    await kernel.free(this.#name);
    const process = callee?.();
    const broken = (): void => void kernel.after(kernel.between(1, 10), '', () => hear({ kind: 'silence', sent: true, why: 'reset' }));
    if (process?.isAlive === false) {
      this.underWay -= 1;
      return broken();
    }
    kernel.note(`${what} arrives`);
    // It is late for a caller that has given up.
    if (isLate && !isAwaited()) kernel.hit(`${this.#name}.late`);
    let isCounted = true;
    const over = (): void => {
      if (isCounted) this.underWay -= 1;
      isCounted = false;
    };
    const forget = process?.onEnd(() => {
      over();
      broken();
    });
    const answer = await arrive(isAwaited());
    forget?.();
    over();
    if (isAwaited() && this.#draws('answer_lost')) {
      kernel.hit(`${this.#name}.answer_lost`);
      if (kernel.chance(0.5)) broken();
      return;
    }
    kernel.after(kernel.between(1, 30), '', () => hear({ kind: 'answer', answer }));
  }

  #happens(how: 'not_sent' | 'request_lost'): boolean {
    const isDrawn = this.#draws(how);
    if (isDrawn) this.#kernel.hit(`${this.#name}.${how}`);
    return isDrawn;
  }

  #draws(how: 'not_sent' | 'request_lost' | 'late' | 'answer_lost'): boolean {
    const kind = `${this.#name}.${how}`;
    return KINDS.has(kind) && this.#kernel.draws(kind as Fault);
  }
}

const KINDS: ReadonlySet<string> = new Set([
  'http.not_sent', 'http.request_lost', 'http.late', 'http.answer_lost', 'lms.request_lost', 'lms.late', 'lms.answer_lost',
  'payments.request_lost', 'payments.late', 'payments.answer_lost',
] satisfies Fault[]);
