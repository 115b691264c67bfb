/**
 * One stream of events to one client, from its place in the log on.
 *
 * Promise: what is wanted comes once and in the order of the log; whoever comes again with the id that it had last misses nothing that
 * the log still has, and is told when it has not. A client that reads slowly is waited for, with 16 KiB in hand, and the event that goes
 * beyond: nothing more is kept for it, for the log has it; it is told that it is behind, and when it has caught up.
 * What somebody emits to try what listens comes between, as it is emitted, and is not kept for anybody.
 */
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import { compareCursors } from '@commerce/event-log/event';
import type { SystemEvent } from '@commerce/signals/system-event';
import type { Notice } from './stream-frames.ts';
import { heartbeatFrame, liveFrame, noticeFrame } from './stream-frames.ts';

/** Everything up to here was seen. */
export interface Place {
  readonly cursor: Cursor;
  /** Not later than that of any event that follows, but for the time that a transaction may take. */
  readonly recordedAtMs: number;
}

/** The log as it grows. */
export interface StreamSource {
  /** Its end. */
  now(): Promise<Place>;
  /** The next events after the place. */
  read(place: Place, rows: number): Promise<{ readonly events: readonly StoredEvent[]; readonly upTo: Cursor }>;
  /** What comes after this place is at hand. */
  start(): Cursor;
  /** Since when nothing of what is stored can come, in Unix milliseconds: a transaction stays open. Undefined when it is not so. */
  heldSinceMs(): number | undefined;
  /** What somebody has emitted to try what listens, since the last look. */
  takeTests(): readonly SystemEvent[];
  /** Ends when there is something new, after `ms`, or with the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface StreamOptions {
  readonly source: StreamSource;
  /** Where it begins; at the end of the log when left out. */
  readonly from: Place | undefined;
  /** The event as it is sent, with its place; undefined when it is not wanted. */
  readonly frame: (event: StoredEvent, place: Place) => string | undefined;
  /** The item of one that somebody emits to try what listens. */
  readonly shownTest: (event: SystemEvent) => object | undefined;
  /** The id of a place. */
  readonly seal: (place: Place) => string;
  /** Resolves when the client has room for more. Rejects when it is gone, or too slow for too long. */
  readonly write: (text: string) => Promise<void>;
  /** What is said before anything else. */
  readonly first: readonly Notice[];
  readonly heartbeatMs: number;
  readonly monotonicMs: () => number;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

const ROWS = 200;
/** What is written at once, about, in characters. */
const PIECE = 16_384;
/** A client that is no further behind needs no notice. */
const BEHIND_MS = 1_000;
/** Nothing that is stored comes for so long: that is said. */
const HELD_MS = 1_000;
/** So often it is looked whether something holds the log. */
const LOOK_MS = 500;

/** Streams until the signal ends it, and resolves with the last place that was said; rejects when the client is gone. */
export async function streamEvents(options: StreamOptions, signal: AbortSignal): Promise<Place> {
  const { source, frame, shownTest, seal, write, heartbeatMs, monotonicMs, nowMs } = options;
  let place = options.from ?? (await source.now());
  let said = place;
  let saidAtMs = monotonicMs();
  let [isBehind, isHeld] = [false, false];
  const say = async (text: string): Promise<void> => {
    const upTo = place;
    await write(text);
    said = upTo;
    saidAtMs = monotonicMs();
  };
  const notice = (one: Notice): Promise<void> => say(noticeFrame(seal(place), one));
  for (const one of options.first) await notice(one);
  const tellHeld = async (): Promise<void> => {
    const heldMs = nowMs() - (source.heldSinceMs() ?? Number.POSITIVE_INFINITY);
    if (isHeld === heldMs > HELD_MS) return;
    isHeld = !isHeld;
    await notice(isHeld ? { code: 'held', sinceSeconds: Math.round(heldMs / 1_000) } : { code: 'released' });
  };
  while (!signal.aborted) {
    await tellHeld();
    for (const event of source.takeTests()) {
      const item = shownTest(event);
      if (item !== undefined) await say(liveFrame(item));
    }
    if (!isBehind && compareCursors(place.cursor, source.start()) < 0 && nowMs() - place.recordedAtMs > BEHIND_MS) {
      isBehind = true;
      await notice({ code: 'behind', sinceSeconds: Math.round((nowMs() - place.recordedAtMs) / 1_000) });
    }
    const stretch = await source.read(place, ROWS);
    let text = '';
    for (const event of stretch.events) {
      place = { cursor: event.cursor, recordedAtMs: Math.max(place.recordedAtMs, event.recordedAtMs) };
      text += frame(event, place) ?? '';
      if (text.length < PIECE) continue;
      await say(text);
      if (signal.aborted) return said;
      text = '';
    }
    if (text !== '') await say(text);
    if (compareCursors(stretch.upTo, place.cursor) > 0) {
      place = { ...place, cursor: stretch.upTo };
      continue;
    }
    if (stretch.events.length > 0) continue;
    if (isBehind) {
      isBehind = false;
      await notice({ code: 'caught_up' });
    }
    const leftMs = saidAtMs + heartbeatMs - monotonicMs();
    if (leftMs <= 0) await say(heartbeatFrame(seal(place)));
    else await source.wait(Math.min(leftMs, LOOK_MS), signal);
  }
  return said;
}
