/**
 * Timers that fell due: decided as any other input, and gone with it. One whose decision failed, or whose subject is held,
 * comes again; nothing of it is a dead letter.
 */
import type { Blame } from './blame.ts';
import { BatchSize } from './batch-size.ts';
import type { Input } from './change.pg.ts';
import { MAX_SUBJECTS } from './change.pg.ts';
import { failing } from './handler-input.ts';
import type { AnyState } from './map.ts';
import type { Owned } from './cursors.pg.ts';
import type { ParkedEvents } from './parked-events.ts';
import { ownedSlots } from './partition-slots.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { DueTimer } from './timers.pg.ts';
import { dueTimers, endTimers, holdTimers, putOffTimers, TimersMoved } from './timers.pg.ts';

const EVERY_MS = 200;
/** A timer whose decision failed comes again. */
const AGAIN_MS = 5_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'monotonicMs' | 'logger'>;

export class DueTimers {
  readonly #o: Given;
  readonly #parked: ParkedEvents;
  readonly #blame: Blame;
  readonly #size = new BatchSize();
  #lookedAtMs = 0;

  constructor(options: Given, parts: { readonly parked: ParkedEvents; readonly blame: Blame }) {
    this.#o = options;
    this.#parked = parts.parked;
    this.#blame = parts.blame;
  }

  /** Fires what is due. True when something was. */
  async fire(owned: readonly Owned[]): Promise<boolean> {
    const { log, mapped, monotonicMs } = this.#o;
    const now = monotonicMs();
    if (Object.keys(mapped.extension.timers).length === 0 || now - this.#lookedAtMs < EVERY_MS) return false;
    const due = await dueTimers(log.pool, mapped.extension.name, ownedSlots(owned), [...this.#parked.held], MAX_SUBJECTS);
    const batch = due.slice(0, this.#size.most);
    if (batch.length < MAX_SUBJECTS && batch.length === due.length) this.#lookedAtMs = now;
    if (batch.length === 0) return false;
    await this.#blame.byHalves(batch, (timer) => `timer ${timer.subject} ${timer.name}`, (part, error) => this.#decide(part, error));
    return true;
  }

  async #decide(due: readonly DueTimer[], error: unknown): Promise<void> {
    try {
      await this.#commit(due, error);
    } catch (fault) {
      // Looked for again at the next turn.
      if (!(fault instanceof TimersMoved)) throw fault;
    }
  }

  async #commit(due: readonly DueTimer[], error: unknown): Promise<void> {
    const reader = this.#o.mapped.extension.name;
    const timerOf = new Map<Input<AnyState>, DueTimer>();
    for (const timer of due) timerOf.set(error === undefined ? this.#inputOf(timer) : failing(this.#inputOf(timer), error), timer);
    await this.#parked.decideOther([...timerOf.keys()], {
      size: this.#size,
      before: (tx) => holdTimers(tx, reader, due),
      after: (tx, settled) => {
        const fired = settled.flatMap(({ input, outcome }) => {
          const timer = timerOf.get(input);
          return timer === undefined ? [] : [{ timer, input, outcome }];
        });
        const again = fired.filter(({ outcome }) => outcome.kind === 'failed' || outcome.kind === 'behind' || outcome.kind === 'notYet');
        for (const { input, outcome } of again) if (outcome.kind === 'failed') this.#sayFailed(input, outcome.error);
        return [
          putOffTimers(tx, reader, again.map(({ timer }) => timer), AGAIN_MS),
          endTimers(tx, reader, fired.filter((one) => !again.includes(one)).map(({ timer }) => timer)),
        ];
      },
    });
  }

  #sayFailed({ handler, subject, trigger }: Input<AnyState>, error: unknown): void {
    this.#o.logger.error({ reader: this.#o.mapped.extension.name, handler, subject, correlationId: trigger.correlationId, afterMs: AGAIN_MS, err: error }, 'the timer failed; it comes again');
  }

  #inputOf(timer: DueTimer): Input<AnyState> {
    const { extension } = this.#o.mapped;
    return {
      subject: timer.subject, handler: `timer:${extension.name}.${timer.name}`, trigger: timer.trigger,
      decide: (state, context) => {
        const handler = extension.timers[timer.name];
        if (handler === undefined) return { kind: 'stale', rule: 'unknown_timer', evidence: { timer: timer.name } };
        return handler.decide(state, timer, context);
      },
    };
  }
}
