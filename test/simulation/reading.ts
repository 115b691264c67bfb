/**
 * The readers of one service, driven through time: each extension does one thing after another, as its reader does, and a transaction
 * takes a while. The database fails, does not answer, or is clogged; the process dies before and after a commit, before and after a call.
 */
import { RetryLater } from '@commerce/event-log/extension';
import type { MemoryLog } from '@commerce/event-log/memory-log';
import type { MemoryJob, MemoryReader } from '@commerce/event-log/memory-reader';
import type { Kernel, PutOff } from './kernel.ts';
import type { Process } from './process.ts';
import { dueOf, GRACE_MS } from './timely.ts';
import type { Due } from './timely.ts';

/** Subjects in one transaction at most: small, so that transactions interleave. */
const MOST_SUBJECTS = 4;
/** After a fault of the database the reader waits. */
const FAULT_MS = 150;
const SLOW_MS = 45_000;

export interface ReadingOptions {
  readonly log: MemoryLog;
  readonly process: Process;
  /** The clock of this service, which may differ from that of the simulation. */
  readonly nowMs: () => number;
  /** Called where the tables refuse a commit. */
  readonly onRefused: (what: string, error: unknown) => void;
}

/** A turn of a reader: one at a time. */
interface Plan {
  readonly dueAtMs: number;
  readonly turn: PutOff;
}

export class Reading {
  readonly #kernel: Kernel;
  readonly #o: ReadingOptions;
  /** Readers that do something, or will at this time. */
  readonly #busy = new Map<MemoryReader, Plan>();
  /** Transactions that each has begun. */
  readonly #turns = new Map<MemoryReader, number>();

  constructor(kernel: Kernel, options: ReadingOptions) {
    this.#kernel = kernel;
    this.#o = options;
  }

  /** Looks what there is to do; to be called after each step. */
  wake(): void {
    if (!this.#o.process.isAlive) return;
    for (const reader of this.#o.log.readers.values()) {
      const dueAtMs = this.#dueAtMs(reader);
      const planned = this.#busy.get(reader);
      if (dueAtMs === undefined || (planned !== undefined && planned.dueAtMs <= dueAtMs)) continue;
      this.#plan(reader, dueAtMs);
    }
  }

  /** What its readers have to do by now. While faults last it is enough that a reader goes on: what it does at its next turn is drawn. */
  *due(): Iterable<Due> {
    for (const reader of this.#o.log.readers.values()) {
      const turn = this.#kernel.isCalm ? '' : `, after ${this.#turns.get(reader) ?? 0} transactions`;
      for (const due of dueOf(reader, this.#o.nowMs())) yield { ...due, what: `${due.what}${turn}` };
    }
  }

  #plan(reader: MemoryReader, dueAtMs: number): void {
    this.#busy.get(reader)?.turn.cancel();
    const turn = this.#kernel.after(dueAtMs - this.#o.nowMs() + this.#kernel.between(0, 4), '', () => {
      if (this.#o.process.isAlive) this.#turn(reader);
    });
    this.#busy.set(reader, { dueAtMs, turn });
  }

  /** When this reader has something to do; undefined when it has nothing. */
  #dueAtMs(reader: MemoryReader): number | undefined {
    const now = this.#o.nowMs();
    if (reader.open !== undefined || reader.isIdle) return undefined;
    if (!reader.unread().next().done || reader.ended().length > 0) return now;
    const times = [...reader.startable().map(({ job }) => job.dueAtMs), ...reader.retries().map(({ dueAtMs }) => dueAtMs), ...reader.dueTimers().map(({ dueAtMs }) => dueAtMs)];
    return times.length === 0 ? undefined : Math.max(now, Math.min(...times));
  }

  #turn(reader: MemoryReader): void {
    const kernel = this.#kernel;
    const { process } = this.#o;
    const db = `${process.name}.db` as const;
    if (kernel.isClogged(db)) {
      void kernel.free(db).then(() => this.#rest(reader, 0));
      return;
    }
    const now = this.#o.nowMs();
    for (const one of reader.startable()) {
      if (one.job.dueAtMs > now) continue;
      if (process.dies(`${process.name}.before_call`)) return;
      this.#run(reader, one);
    }
    const what = this.#begin(reader);
    if (what === undefined) return this.#rest(reader, 0);
    this.#turns.set(reader, (this.#turns.get(reader) ?? 0) + 1);
    const takesMs = process.name === 'cc' && kernel.draws('cc.db.slow') ? SLOW_MS : kernel.between(1, 15);
    kernel.after(takesMs, '', () => this.#commit(reader, what));
  }

  /** Begins the next transaction; gives what it is about. */
  #begin(reader: MemoryReader): string | undefined {
    const kernel = this.#kernel;
    const now = this.#o.nowMs();
    const [ended] = reader.ended();
    if (ended !== undefined) {
      if (this.#o.process.dies(`${this.#o.process.name}.after_call`)) return undefined;
      this.#throwing(reader, kernel.draws('handler.throws') ? [ended.job.name] : [], () => reader.beginOutcome(ended));
      return `${ended.job.name} ends as ${ended.run?.end?.kind}`;
    }
    const retry = reader.retries().find(({ dueAtMs }) => dueAtMs <= now);
    if (retry !== undefined) {
      reader.beginRetry(retry.subject);
      return `${reader.name} tries ${retry.subject} again`;
    }
    const timer = reader.dueTimers().find(({ dueAtMs }) => dueAtMs <= now);
    if (timer !== undefined) {
      reader.beginTimer(timer.key);
      return `timer ${timer.key}`;
    }
    const unread = [...reader.unread()];
    if (unread.length === 0) return undefined;
    const subjects = unread.filter((_subject, index) => index === 0 || kernel.chance(0.5)).slice(0, MOST_SUBJECTS);
    this.#throwing(reader, kernel.draws('handler.throws') ? reader.handlerNames.filter(() => kernel.chance(0.5)) : [], () => reader.begin(subjects));
    return `${reader.name} handles ${subjects.join(', ')}`;
  }

  /** The next decision of each of these handlers throws, if there is one. */
  #throwing(reader: MemoryReader, handlers: readonly string[], begin: () => void): void {
    for (const name of handlers) reader.throwing.add(name);
    begin();
    if (reader.throwing.size < handlers.length) this.#kernel.hit('handler.throws');
    reader.throwing.clear();
  }

  #commit(reader: MemoryReader, what: string): void {
    const kernel = this.#kernel;
    const { process } = this.#o;
    if (!process.isAlive || process.dies(`${process.name}.before_commit`)) return;
    const db = `${process.name}.db` as const;
    if (kernel.isClogged(db) || kernel.fault(`${db}.refused`)) {
      reader.open = undefined;
      return this.#rest(reader, FAULT_MS);
    }
    kernel.note(what);
    try {
      reader.commit();
    } catch (error) {
      this.#o.onRefused(what, error);
    }
    if (process.dies(`${process.name}.after_commit`)) return;
    if (kernel.fault(`${db}.unknown`)) {
      // The cursor stands further than the batch began: everything of this reader is claimed anew.
      reader.die();
      return this.#rest(reader, FAULT_MS);
    }
    this.#rest(reader, 0);
  }

  #rest(reader: MemoryReader, ms: number): void {
    if (!this.#o.process.isAlive) return;
    this.#busy.delete(reader);
    if (ms > 0) this.#plan(reader, this.#o.nowMs() + ms);
  }

  #run(reader: MemoryReader, one: MemoryJob): void {
    const kernel = this.#kernel;
    kernel.note(`${one.job.name} starts, attempt ${one.job.attempt + 1}`);
    const { budgetMs, abort, giveUp } = reader.start(one);
    const { run } = one;
    const isOver = (): boolean => one.run !== run || run?.end !== undefined;
    kernel.after(budgetMs, '', () => {
      if (!isOver()) abort(new RetryLater(`No answer within ${budgetMs} ms.`));
    });
    kernel.after(budgetMs + GRACE_MS, '', () => {
      if (!isOver()) giveUp(new RetryLater(`No answer within ${budgetMs} ms, and the handler ignored its signal.`));
    });
  }
}
