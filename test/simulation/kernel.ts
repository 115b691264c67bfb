/**
 * Time, chance and faults of one simulation. One seeded source of random numbers, one queue of what happens when: the same seed is
 * the same run, to the last step. Time passes only between steps.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Clog, Crash, Fault } from './faults.ts';
import { CLOGS, CRASHES, FAULTS } from './faults.ts';

/** When a simulation begins, Unix milliseconds. */
const BEGIN_MS = Date.UTC(2026, 0, 5, 9, 30);
const MOST_CRASHES = 5;
const MOST_HITS = 8;
const MOST_SKEW_MS = 50_000;
/** The point that each seed has in turn is met at one of its first times. */
const FIRST_HITS = 3;

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly what: string;
  readonly act: () => void;
  isCancelled: boolean;
}

/** Something that was put off; it may be called off. */
export interface PutOff {
  cancel(): void;
}

export class Kernel {
  readonly seed: number;
  nowMs = BEGIN_MS;
  steps = 0;
  /** Things that were noted: while it stays the same, nothing has happened but waiting. */
  notes = 0;
  /** Times that each fault took effect. */
  readonly hits = new Map<string, number>();
  /** What happened, one line each; kept only when somebody wants to read it. */
  readonly story: string[] | undefined;
  readonly #hash: Hash = createHash('sha256');
  readonly #heap: Due[] = [];
  readonly #fits = new Set<string>();
  readonly #armed = new Map<string, number>();
  readonly #clogged = new Set<Clog>();
  /** Of what is clogged, what somebody has met. */
  readonly #met = new Set<Clog>();
  /** How far the clock of Order Fulfillment is ahead of that of Commerce Coordinator, in ms. */
  readonly skewMs: number;
  readonly #unclogged: (() => void)[] = [];
  #state: number;
  #order = 0;
  #ids = 0;
  #isOver = false;
  /** Nothing goes wrong any more. */
  isCalm = false;

  constructor(seed: number, isTold: boolean) {
    this.seed = seed;
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
    this.story = isTold ? [] : undefined;
    for (const kind of Object.keys(FAULTS)) if (this.random() < 0.35) this.#fits.add(kind);
    const crashes = Object.keys(CRASHES);
    for (let count = Math.floor(this.random() * (MOST_CRASHES + 1)); count > 0; count -= 1) {
      this.#armed.set(crashes[Math.floor(this.random() * crashes.length)] ?? '', 1 + Math.floor(this.random() ** 2 * MOST_HITS));
    }
    this.#armed.set(crashes[seed % crashes.length] ?? '', 1 + (Math.floor(seed / crashes.length) % FIRST_HITS));
    this.skewMs = this.draws('clocks.differ') ? this.between(1, MOST_SKEW_MS) * (this.chance(0.5) ? 1 : -1) : 0;
  }

  // Chance.

  /** mulberry32. */
  readonly random = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** A UUIDv7 of this moment. */
  readonly uuid = (): string => this.uuidAt(this.nowMs);

  /** A UUIDv7 of whoever's clock says so. */
  uuidAt(nowMs: number): string {
    this.#ids += 1;
    const time = nowMs.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  // Faults.

  /** Does it happen here and now? It takes effect at once. */
  fault(kind: Fault): boolean {
    if (!this.draws(kind)) return false;
    this.hit(kind);
    return true;
  }

  /** Is it to happen? Whoever asks calls `hit` where it takes effect, and not where it does not. */
  draws(kind: Fault): boolean {
    return !this.isCalm && this.#fits.has(kind) && this.chance(FAULTS[kind].rate);
  }

  /** It has taken effect. */
  hit(name: string): void {
    this.hits.set(name, (this.hits.get(name) ?? 0) + 1);
    this.note(`! ${name}`);
  }

  /** Does the process end at this point? */
  crashes(point: Crash): boolean {
    const left = this.#armed.get(point);
    if (this.isCalm || left === undefined) return false;
    if (left > 1) {
      this.#armed.set(point, left - 1);
      return false;
    }
    this.#armed.delete(point);
    this.hit(`crash.${point}`);
    return true;
  }

  /** To be asked by what would pass: who is held up has met it. */
  isClogged(what: Clog): boolean {
    if (!this.#clogged.has(what)) return false;
    if (!this.#met.has(what)) {
      this.#met.add(what);
      this.hit(`clog.${what}`);
    }
    return true;
  }

  /** The same for a judge, who is held up by nothing. */
  seesClogged(what: Clog): boolean {
    return this.#clogged.has(what);
  }

  clog(what: Clog): void {
    this.#clogged.add(what);
    this.note(`${what} is clogged`);
  }

  unclog(what: Clog): void {
    if (!this.#clogged.delete(what)) return;
    this.#met.delete(what);
    this.note(`${what} is free again`);
    for (const resume of this.#unclogged.splice(0)) resume();
  }

  /** Resolves as soon as it is free. */
  async free(what: Clog): Promise<void> {
    while (this.isClogged(what)) await new Promise<void>((resolve) => this.#unclogged.push(resolve));
  }

  /** From here on nothing goes wrong. */
  calm(): void {
    this.note('-- faults end');
    this.isCalm = true;
    for (const what of CLOGS) this.unclog(what);
  }

  // Time.

  after(ms: number, what: string, act: () => void): PutOff {
    const due: Due = { atMs: this.nowMs + Math.max(0, Math.ceil(ms)), order: (this.#order += 1), what, act, isCancelled: false };
    push(this.#heap, due);
    return { cancel: () => void (due.isCancelled = true) };
  }

  /** Waits in this time; rejects when `signal` aborts. */
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        due.cancel();
        reject(signal?.reason as Error);
      };
      const due = this.after(ms, '', () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  };

  /** The next thing happens, and what follows from it at once. False when nothing is left. */
  async step(): Promise<boolean> {
    let due = pop(this.#heap);
    while (due?.isCancelled === true) due = pop(this.#heap);
    if (due === undefined) return false;
    this.nowMs = due.atMs;
    this.steps += 1;
    if (due.what !== '') this.note(due.what);
    due.act();
    await turns();
    return true;
  }

  note(text: string): void {
    // What still runs of a seed that is over is nobody's.
    if (this.#isOver) return;
    this.notes += 1;
    this.#hash.update(`${this.nowMs} ${text}\n`);
    this.story?.push(`${((this.nowMs - BEGIN_MS) / 1_000).toFixed(3).padStart(10)} s  ${text}`);
  }

  /** Virtual time since the beginning, in ms. */
  get passedMs(): number {
    return this.nowMs - BEGIN_MS;
  }

  /** Of all that was noted. To be asked once. */
  digest(): string {
    this.#isOver = true;
    return this.#hash.digest('hex').slice(0, 16);
  }
}

/** Every promise that can go on has gone on: production code takes a turn of the loop where it brings calls together. */
async function turns(): Promise<void> {
  for (let count = 0; count < 2; count += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Due[], due: Due): void {
  heap.push(due);
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (!swapped(heap, at, parent)) return;
    at = parent;
  }
}

/** Puts the earlier one nearer to the root. */
function swapped(heap: Due[], lower: number, upper: number): boolean {
  const [a, b] = [heap[lower], heap[upper]];
  if (a === undefined || b === undefined || !isBefore(a, b)) return false;
  heap[lower] = b;
  heap[upper] = a;
  return true;
}

function pop(heap: Due[]): Due | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  heap[0] = last;
  for (let at = 0; ; ) {
    const left = at * 2 + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    if (a === undefined) return first;
    const child = b !== undefined && isBefore(b, a) ? left + 1 : left;
    if (!swapped(heap, child, at)) return first;
    at = child;
  }
}
