/**
 * One batch of the log in one transaction: decisions, jobs and cursors together, so that each event is handled exactly once.
 * Where the database refuses the write of one event, the batch is divided, and only that one is parked.
 */
import { BatchSize } from './batch-size.ts';
import type { Batch, Item, MostItems } from './batch-items.ts';
import type { Blame } from './blame.ts';
import { MAX_SUBJECTS } from './change.pg.ts';
import type { Move } from './cursors.pg.ts';
import { applyMoves, moveCursors } from './cursors.pg.ts';
import type { Cursor } from './event.ts';
import type { FailureShare } from './failure-share.ts';
import { PROBE } from './failure-share.ts';
import { failing, UNKNOWN_VERSION, unknownVersion } from './handler-input.ts';
import type { JobRoom } from './job-room.ts';
import type { ParkedEvents } from './parked-events.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { RunReports } from './run-reports.ts';
import type { NewWork } from './work.pg.ts';
import { insertWork, insertWorkAndMove } from './work.pg.ts';

/** Where the cursors go when everything up to here is handled. */
export type MovesTo = (upTo: Cursor, recordedAtMs: number) => readonly Move[];

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'faults'>;

export class BatchCommits {
  readonly #o: Given;
  readonly #parked: ParkedEvents;
  readonly #jobs: JobRoom;
  readonly #share: FailureShare;
  readonly #blame: Blame;
  readonly #reports: RunReports;
  readonly #size: BatchSize;
  readonly #mostSubjects: number;

  constructor(options: Given, parts: { readonly parked: ParkedEvents; readonly jobs: JobRoom; readonly share: FailureShare; readonly blame: Blame; readonly reports: RunReports }) {
    this.#o = options;
    this.#mostSubjects = options.mapped.extension.mostSubjects ?? MAX_SUBJECTS;
    this.#size = new BatchSize({ largest: this.#mostSubjects });
    this.#parked = parts.parked;
    this.#jobs = parts.jobs;
    this.#share = parts.share;
    this.#blame = parts.blame;
    this.#reports = parts.reports;
  }

  /** How much the next batch may take. */
  get most(): MostItems {
    return { subjects: this.#size.most, locks: this.#mostSubjects, items: this.#share.probing ? PROBE : Number.POSITIVE_INFINITY };
  }

  /** Handles the batch and moves the cursors. Throws when it cannot; what was committed until then stands, with its cursors. */
  async handle(batch: Batch, moves: MovesTo): Promise<void> {
    const end = batch.items.at(-1);
    await this.#blame.byHalves(batch.items, (item) => item.event.eventId, (part, error) => {
      const last = part.at(-1);
      const { upTo, recordedAtMs } = last === undefined || last === end ? batch : { upTo: last.event.cursor, recordedAtMs: last.event.recordedAtMs };
      const items = error === undefined ? part : part.map((item) => ({ ...item, inputs: item.inputs.map((input) => failing(input, error)) }));
      return this.#commit(items, moves(upTo, recordedAtMs));
    });
  }

  async #commit(items: readonly Item[], moves: readonly Move[]): Promise<void> {
    const { log, mapped } = this.#o;
    const jobs = items.flatMap((item) => item.effects);
    const held = new Set(jobs.filter((job) => job.state === 'ready' && this.#jobs.isHeld(job.name, job.event)));
    const atMs = log.preparer.nowMs();
    const work = jobs.map((job): NewWork => ({
      handler: job.name, event: job.event, state: held.has(job) ? 'behind' : job.state, attempt: 0, dueInMs: 0, fence: job.fence,
      error: job.state === 'waiting' ? { code: UNKNOWN_VERSION, message: unknownVersion(job.event), atMs } : null,
    }));
    const inputs = items.flatMap((item) => item.inputs);
    if (inputs.length === 0) {
      await insertWorkAndMove(log.pool, mapped.extension.name, work, moves);
    } else {
      await this.#parked.decide(inputs, new Map(items.map((item) => [item.event.eventId, item.owned.fence])), {
        size: this.#size,
        judge: (settled) => this.#share.judge(settled),
        after: (tx) => [insertWork(tx, mapped.extension.name, work), moveCursors(tx, moves), Promise.resolve(this.#o.faults?.hit('reader.batch'))],
      });
    }
    applyMoves(moves);
    if (this.#reports.wants('enqueued')) this.#reports.tell('enqueued', jobs.map((job) => ({ handler: job.name, event: job.event, attempt: 1 })));
    for (const job of held) job.state = 'behind';
    for (const owned of new Set(items.map((item) => item.owned))) {
      this.#jobs.keep(owned, items.filter((item) => item.owned === owned).flatMap((item) => item.effects).filter((job) => job.state !== 'waiting'));
    }
  }
}
