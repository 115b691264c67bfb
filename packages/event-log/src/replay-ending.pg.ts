/**
 * The end of a run: what its events have caused meanwhile, as the live readers have handled it.
 *
 * It waits until they have passed all that follows. Where they stand still it does not wait for ever: it says so, and tells what is.
 */
import type { Sleep } from './backoff.ts';
import { compareCursors, START } from './event.ts';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import { lowest } from './history.pg.ts';
import type { EventLog } from './log.pg.ts';
import type { MappedExtension } from './map.ts';
import type { Replay, ReplayDifference } from './replay.ts';
import { stateJson } from './replay.ts';
import { followingEvent } from './replay-decisions.pg.ts';
import { planOfSelection, readForward } from './replay-events.pg.ts';
import type { ReplayMark } from './replay-mark.ts';
import { outsideOf } from './replay-outside.ts';
import type { OutsideOf } from './replay-outside.ts';
import { rowsTold } from './replay-rows.pg.ts';
import type { ReplayStep } from './replay-rows.pg.ts';
import type { Cursors } from './replay-standing.pg.ts';
import { readCursors } from './replay-standing.pg.ts';
import { run } from './statement.pg.ts';

/** Readers that do not move for so long stand still. */
const STANDS_STILL_MS = 5_000;
const LOOK_MS = 20;
const PIECE = 256;
/** Rows that are loaded at once. */
const ROWS = 500;

export interface EndingOptions {
  readonly log: EventLog;
  readonly all: readonly MappedExtension[];
  readonly mark: ReplayMark;
  readonly outside: OutsideOf;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
}

/** The rows of which a dry run told, as they are now; before and after are the same. */
export async function rowsAsTheyAre(tx: Tx, all: readonly MappedExtension[], dryRunId: string): Promise<ReplayDifference[]> {
  const told = await rowsTold(tx, dryRunId);
  const differences: ReplayDifference[] = [];
  for (const { extension: { name, store } } of all) {
    const own = told.filter((row) => row.name === name);
    for (let from = 0; from < own.length; from += ROWS) {
      const some = own.slice(from, from + ROWS);
      const states = await store.load(tx, some.map(({ subject }) => subject));
      for (const { key, subject } of some) {
        const is = stateJson(states.get(subject));
        differences.push({ key, kind: 'row', name, subject, eventId: null, before: is, after: is });
      }
    }
  }
  return differences;
}

/** Waits, and gives what is recorded last. */
export async function ending(replay: Replay, options: EndingOptions, signal: AbortSignal): Promise<ReplayStep & { readonly note?: string }> {
  const { log: { pool }, all } = options;
  const { events, isHandled } = await whatCameOfIt(replay, options, signal);
  const own = new Set(events.map(({ eventId }) => eventId));
  // What was appended by the replay itself stands in its batches.
  const following = events.filter(({ causationId }) => causationId !== null && own.has(causationId));
  const outside = await outsideOf(pool, options, following);
  const rows = replay.dryRunId === null ? [] : await rowsAsTheyAre(pool, all, replay.dryRunId);
  return {
    isLast: true, counts: { appended: following.length, outside: outside.count }, differences: [...following.map(followingEvent), ...outside.differences, ...rows],
    ...(!isHandled && { note: 'The readers have not handled all that followed: its rows are told as they were by then.' }),
  };
}

/** All events that carry the mark of this replay, once nothing more comes of them. */
async function whatCameOfIt({ until, startedAt, replayId }: Replay, { log, all, sleep, monotonicMs }: EndingOptions, signal: AbortSignal): Promise<{ readonly events: readonly StoredEvent[]; readonly isHandled: boolean }> {
  const events: StoredEvent[] = [];
  const plan = planOfSelection({ filter: JSON.stringify({ metadata: { replay: { id: [replayId] } } }) });
  let open: readonly StoredEvent[] = [];
  // What it was given may end long before it began.
  const began = [until ?? START, await lowest(log.pool, startedAt?.getTime())].toSorted(compareCursors).at(-1) ?? START;
  for (let [after, movedAtMs] = [began, monotonicMs()]; ; await sleep(LOOK_MS, signal)) {
    // First where the readers stand, then what is there: what they write comes with the move of their cursor.
    const cursors = await readCursors(log.pool);
    const left = open.filter((event) => isAwaited(event, all, cursors));
    if (left.length < open.length) movedAtMs = monotonicMs();
    const found: StoredEvent[] = [];
    const { rows } = await run(log.pool, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS now', []);
    for (let isEnd = false; !isEnd; ) {
      const piece = await readForward(log, plan, { after, until: { epoch: log.epoch, txid: Number(rows[0]?.['now']), position: 0 }, size: PIECE });
      found.push(...piece.events);
      ({ upTo: after, isEnd } = piece);
      if (!isEnd) await sleep(piece.scanned === 0 ? LOOK_MS : 1, signal);
    }
    events.push(...found);
    open = [...left, ...found];
    if (open.length === 0) return { events, isHandled: true };
    if (monotonicMs() - movedAtMs > STANDS_STILL_MS) return { events, isHandled: false };
  }
}

/** Some handler has not come to it. */
function isAwaited(event: StoredEvent, all: readonly MappedExtension[], cursors: Cursors): boolean {
  return all.some(({ extension, routes }) => (routes.get(event.type)?.handlers ?? []).some(({ name }) => cursors.isAhead(extension.name, name, event)));
}
