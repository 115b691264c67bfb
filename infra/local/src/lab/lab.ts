// The lab: what is broken of the stack on purpose, and what comes of it. It lives in the supervisor's process, so that it mends what it
// has broken whoever is away. An outcome is looked up at most once a second, by whoever asks first.
import { Breaks } from './breaks.ts';
import type { BreakRecord, BreaksOptions, FaultsView } from './breaks.ts';
import type { Dependency } from './kinds.ts';
import { judge, NEVER } from './outcome.ts';
import type { Facts, Outcome } from './outcome.ts';
import type { Fault, Wish } from './wish.ts';
import { WishRefused } from './wish.ts';

export type LabOptions = Omit<BreaksOptions, 'onRun'> & {
  /** Ids of orders that are under way. Throws when Commerce Coordinator does not say. */
  readonly readOpenIds: () => Promise<string[]>;
  readonly readFacts: (sinceMs: number, named: Iterable<string>) => Promise<Facts>;
};

/** How long a look at the facts counts. */
const LOOK_COUNTS_MS = 1_000;
/** Orders that somebody was told are accepted, the newest. */
const MAX_ACCEPTED = 1_000;

export class Lab {
  readonly #options: LabOptions;
  readonly #breaks: Breaks;
  /** Orders that were under way when this run began. */
  #openThen: readonly string[] = [];
  /** By order: when somebody was told that it is accepted. */
  readonly #accepted = new Map<string, number>();
  #last: Outcome = NEVER;
  #look: { readonly outcome: Promise<Outcome>; readonly atMs: number; readonly records: readonly BreakRecord[] } | undefined;

  constructor(options: LabOptions) {
    this.#options = options;
    this.#breaks = new Breaks({ ...options, onRun: async () => void (this.#openThen = await options.readOpenIds().catch(refuse)) });
  }

  faults(): FaultsView {
    return this.#breaks.view();
  }

  /** Throws WishRefused; anything else when the part does not take it. */
  begin(dependency: Dependency, wish: Wish): Promise<Fault> {
    this.#look = undefined;
    return this.#breaks.begin(dependency, wish);
  }

  async mend(dependency: Dependency): Promise<void> {
    await this.#breaks.mend(dependency);
    this.#look = undefined;
  }

  async mendAll(): Promise<void> {
    await this.#breaks.mendAll();
    this.#look = undefined;
  }

  /** An order that a client was told is accepted: if Commerce Coordinator does not know it later, it is lost. */
  accepted(orderId: string): void {
    this.#accepted.set(orderId, this.#options.nowMs());
    const [oldest] = this.#accepted.keys();
    if (this.#accepted.size > MAX_ACCEPTED && oldest !== undefined) this.#accepted.delete(oldest);
  }

  /** What came of the last run of breaks. Where Commerce Coordinator does not answer, it is what was seen last. */
  async outcome(): Promise<Outcome> {
    const records = this.#breaks.records();
    if (records.length === 0) return NEVER;
    const nowMs = this.#options.nowMs();
    if (this.#look === undefined || nowMs - this.#look.atMs >= LOOK_COUNTS_MS || this.#look.records !== records) this.#look = { outcome: this.#judge(records), atMs: nowMs, records };
    return this.#look.outcome;
  }

  close(): void {
    this.#breaks.close();
  }

  async #judge(records: readonly BreakRecord[]): Promise<Outcome> {
    const sinceMs = Math.min(...records.map(({ beganAtMs }) => beganAtMs));
    const named = [...this.#openThen, ...[...this.#accepted].filter(([, atMs]) => atMs >= sinceMs).map(([orderId]) => orderId)];
    try {
      this.#last = judge(records, await this.#options.readFacts(sinceMs, named), this.#options.nowMs());
      return this.#last;
    } catch {
      const known = this.#last.since === new Date(sinceMs).toISOString() ? this.#last : NEVER;
      const { orders, waiting, lost, doubled, judgedAt } = known;
      const empty: Facts = { orders: [], missing: [], care: new Map(), fulfillments: new Map(), ledger: [], booksRead: new Set(), money: [], unread: ['Commerce Coordinator'], isCut: false };
      const frame = judge(records, empty, this.#options.nowMs());
      const state = frame.state === 'broken' ? 'broken' : 'recovering';
      return { ...frame, state, orders, waiting, lost, doubled, judgedAt, text: 'Commerce Coordinator does not answer: what came of it is not known yet' };
    }
  }
}

/** What was under way before must be known, or nothing could be said of it afterwards. */
function refuse(): never {
  throw new WishRefused('Commerce Coordinator does not say which orders are under way: try again when it answers.');
}
