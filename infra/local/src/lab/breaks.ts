// What is broken now: begun on wish, mended when its time is over or on wish, one break of a part at a time. A mend that does not
// come through, because the part is away, is tried again until it does. Clock and timers are given.
import type { Breakables } from './breakables.ts';
import { BREAKABLE, DEPENDENCIES } from './kinds.ts';
import type { Dependency } from './kinds.ts';
import { faultOf, WishRefused } from './wish.ts';
import type { Fault, Wish } from './wish.ts';

export type BreakRecord = { readonly dependency: Dependency; readonly kind: Fault['kind']; readonly seed: number; readonly beganAtMs: number; readonly endedAtMs: number | null };

type Active = { readonly fault: Fault; readonly beganAtMs: number; readonly endsAtMs: number; readonly cancel: () => void; readonly index: number };

export type BreaksOptions = {
  readonly breakables: Breakables;
  /** Why a part cannot be broken that is not among them. */
  readonly why: Partial<Readonly<Record<Dependency, string>>>;
  readonly nowMs: () => number;
  /** Runs it after this time; returns how to forget it. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly drawSeed: () => number;
  /** Told before the first break of a run, while nothing is broken yet. What it throws stops the break. */
  readonly onRun?: () => Promise<void>;
};

export type DependencyView = {
  readonly dependency: Dependency;
  readonly title: string;
  readonly unavailable: string | null;
  readonly kinds: (typeof BREAKABLE)[Dependency]['kinds'];
  readonly active: (Omit<Fault, 'seconds'> & { readonly beganAt: string; readonly endsAt: string }) | null;
};
export type FaultsView = { readonly now: string; readonly dependencies: DependencyView[] };

const MEND_AGAIN_MS = 500;
/** Breaks of one run that are remembered. */
const MAX_RECORDS = 100;

export class Breaks {
  readonly #options: BreaksOptions;
  readonly #active = new Map<Dependency, Active>();
  /** Changes come one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #records: BreakRecord[] = [];
  #isClosed = false;

  constructor(options: BreaksOptions) {
    this.#options = options;
  }

  view(): FaultsView {
    const iso = (ms: number): string => new Date(ms).toISOString();
    const { breakables, why, nowMs } = this.#options;
    return {
      now: iso(nowMs()),
      dependencies: DEPENDENCIES.map((dependency) => {
        const active = this.#active.get(dependency);
        const { kind, seed, latencyMs, share } = active?.fault ?? {};
        return {
          dependency, title: BREAKABLE[dependency].title, kinds: BREAKABLE[dependency].kinds,
          unavailable: breakables[dependency] === undefined ? (why[dependency] ?? 'It is not part of this stack.') : null,
          active: active === undefined ? null : { kind, seed, latencyMs, share, beganAt: iso(active.beganAtMs), endsAt: iso(active.endsAtMs) } as DependencyView['active'],
        };
      }),
    };
  }

  /** The breaks of this run, the first one first: a run begins when something is broken while nothing is. */
  records(): readonly BreakRecord[] {
    return this.#records;
  }

  isBroken(): boolean {
    return this.#active.size > 0;
  }

  /** Breaks a part; what was broken of it before is mended first. Throws WishRefused. */
  async begin(dependency: Dependency, wish: Wish): Promise<Fault> {
    const { breakables, why, nowMs, after, drawSeed, onRun } = this.#options;
    const part = breakables[dependency];
    if (part === undefined) throw new WishRefused(`${BREAKABLE[dependency].title} cannot be broken here: ${why[dependency] ?? 'it is not part of this stack.'}`);
    const fault = faultOf(dependency, wish, drawSeed);
    return this.#inTurn(async () => {
      if (this.#isClosed) throw new WishRefused('The stack is ending.');
      const isNewRun = !this.isBroken();
      await this.#mend(dependency);
      if (this.#active.has(dependency)) throw new WishRefused(`${BREAKABLE[dependency].title} does not take the end of its last break yet: try again.`);
      if (!isNewRun && this.#records.length >= MAX_RECORDS) throw new WishRefused(`More than ${MAX_RECORDS} breaks in a row: let it recover first.`);
      if (isNewRun) await onRun?.();
      const beganAtMs = nowMs();
      await part.begin(fault);
      if (isNewRun) this.#records = [];
      const index = this.#records.push({ dependency, kind: fault.kind, seed: fault.seed, beganAtMs, endedAtMs: null }) - 1;
      const cancel = after(fault.seconds * 1_000, () => void this.mend(dependency));
      this.#active.set(dependency, { fault, beganAtMs, endsAtMs: beganAtMs + fault.seconds * 1_000, cancel, index });
      return fault;
    });
  }

  /** Mends a part; nothing happens when it is whole. */
  mend(dependency: Dependency): Promise<void> {
    return this.#inTurn(() => this.#mend(dependency));
  }

  async mendAll(): Promise<void> {
    await Promise.all([...this.#active.keys()].map((dependency) => this.mend(dependency)));
  }

  /** Takes no wish any more. What is broken is left to those who end the stack: only its timers go. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#active.values()) cancel();
  }

  async #mend(dependency: Dependency): Promise<void> {
    const active = this.#active.get(dependency);
    if (active === undefined) return;
    active.cancel();
    try {
      await this.#options.breakables[dependency]?.mend();
    } catch {
      // It is away: it is asked again, and counts as broken until it has taken it.
      const cancel = this.#isClosed ? (): void => {} : this.#options.after(MEND_AGAIN_MS, () => void this.mend(dependency));
      this.#active.set(dependency, { ...active, cancel });
      return;
    }
    this.#active.delete(dependency);
    const record = this.#records[active.index];
    if (record !== undefined) this.#records[active.index] = { ...record, endedAtMs: this.#options.nowMs() };
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
