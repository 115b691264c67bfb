/**
 * Follows the events of Commerce Coordinator as they are committed, until Ctrl-C or until there is enough.
 *
 * Promise: what is handed on is done before the next one; a lost stream is taken up again behind the last event that was done, so none
 * is left out, and how many had come meanwhile is said. Refuses to try again after a definite no.
 */
import { z } from 'zod';
import type { Api } from './api.http.ts';
import { failureText, NoAnswer, Refused } from './failures.ts';
import { query } from './paths.ts';
import { MessageReader } from './sse.ts';
import type { Message } from './sse.ts';
import { printable } from './text.ts';
import type { Work } from './work.ts';

/** The service says something every 10 s. */
const IDLE_MS = 35_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 8_000;

export interface Following {
  readonly api: Api;
  /** Names of events with commas between them, and an EventBridge pattern as JSON. */
  readonly events?: string | undefined;
  readonly filter?: string | undefined;
  /** Where to go on; from now on when left out. */
  readonly from?: string | undefined;
  /** Told when the first stream is there; again when it fails. */
  readonly onLive?: () => Promise<void>;
  /** Takes an event, as parsed JSON. */
  readonly handle: (item: unknown) => Promise<void>;
  /** Asked when the stream has begun, and after each event. */
  readonly isEnough?: () => boolean;
  /** Told of every place behind which nothing is left to be done. */
  readonly onPlace?: (id: string) => void;
  /** What was done with the events that had come meanwhile: "shown", "sent". */
  readonly done: string;
}

type Watched = Pick<Work, 'remark' | 'pause' | 'nowMs' | 'signal'>;

/** Resolves when there is enough, or when the operator wants it to end. Throws a definite no, and whatever comes before the first stream. */
export async function follow(work: Watched, following: Following): Promise<void> {
  const state: State = { place: following.from, isLive: false, hasEverOpened: false, hasOpened: false };
  try {
    for (let waitMs = FIRST_WAIT_MS; ; ) {
      try {
        if (await followOnce(work, following, state)) return;
        waitMs = FIRST_WAIT_MS;
      } catch (error) {
        if (state.hasOpened) waitMs = FIRST_WAIT_MS;
        if (!state.hasEverOpened || !isPassing(error)) throw error;
        work.remark(`${printable(shortText(error))} The stream is taken up again in ${waitMs / 1_000} s.`);
      }
      await work.pause(waitMs);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  } catch (error) {
    // Ctrl-C is how it ends.
    if (!work.signal.aborted) throw error;
  }
}

interface State {
  place: string | undefined;
  /** All was done that is to be done when it begins. */
  isLive: boolean;
  /** A stream has said something; this one has. */
  hasEverOpened: boolean;
  hasOpened: boolean;
}

/** What to do about it is done here. */
function shortText(error: unknown): string {
  return error instanceof NoAnswer ? error.message : failureText(error).trim().replaceAll('\n', ' ');
}

function isPassing(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof Refused && (error.problem.status >= 500 || error.problem.status === 429));
}

/** True when there is enough. */
async function followOnce(work: Watched, { api, events, filter, onLive, handle, isEnough = () => false, onPlace, done }: Following, state: State): Promise<boolean> {
  const isResumed = state.isLive;
  const missed = new Missed(work, isResumed, done);
  const reader = new MessageReader();
  state.hasOpened = false;
  const headers = { accept: 'text/event-stream', ...(state.place !== undefined && { 'last-event-id': state.place }) };
  try {
    for await (const text of api.follow(`/api/events/stream${query({ events, filter })}`, headers, IDLE_MS)) {
      [state.hasEverOpened, state.hasOpened] = [true, true];
      for (const { id, event, data } of reader.read(text)) {
        // The first message stands behind the place from which on everything comes.
        if (!state.isLive) await onLive?.();
        state.isLive = true;
        const item = data === undefined ? undefined : jsonOf(data);
        missed.see(event, item);
        if (event === 'notice') remarkOn(item, work);
        if (data !== undefined && event !== 'notice') await handle(item);
        if (id !== undefined && id !== state.place) {
          state.place = id;
          onPlace?.(id);
        }
        if (isEnough()) return true;
      }
    }
    return false;
  } finally {
    missed.tell();
  }
}

const timedForm = z.looseObject({ recordedAt: z.string() });

/**
 * Counts what was recorded before the stream was there again, by the clock of this machine, and says it once: when something newer
 * comes, when the stream says that it waits, or when it ends.
 */
class Missed {
  readonly #work: Watched;
  readonly #done: string;
  readonly #openedMs: number;
  #isTold: boolean;
  #count = 0;
  #places = 0;
  #isHeard = false;

  constructor(work: Watched, isResumed: boolean, done: string) {
    this.#work = work;
    this.#done = done;
    this.#openedMs = work.nowMs();
    this.#isTold = !isResumed;
  }

  see(event: Message['event'], item: unknown): void {
    if (this.#isTold) return;
    this.#isHeard = true;
    if (item === undefined) {
      // The first place is where it goes on, the next one says that nothing more waits.
      this.#places += 1;
      if (this.#places > 1) this.tell();
    } else if (event !== 'notice') {
      const { success, data } = timedForm.safeParse(item);
      if (success && Date.parse(data.recordedAt) <= this.#openedMs) this.#count += 1;
      else this.tell();
    }
  }

  tell(): void {
    if (this.#isTold || this.#work.signal.aborted || !this.#isHeard) return;
    this.#isTold = true;
    this.#work.remark(this.#count === 0 ? 'resumed, no event was missed' : `resumed, ${this.#count} missed event${this.#count === 1 ? '' : 's'} ${this.#done}`);
  }
}

const noticeForm = z.looseObject({ code: z.string() });

const NOTICES: Readonly<Record<string, string>> = {
  behind: 'The stream is behind; what follows is read from the log. Nothing is left out.',
  caught_up: 'The stream has caught up.',
  held: 'Events are stored and do not come yet: a transaction of the service stays open.',
  released: 'They come again.',
  too_old: 'Events after the last place were removed, past their retention: they do not come.',
  restored: 'The log was restored since: events that came before may not be in it any more.',
};

function remarkOn(item: unknown, { remark }: Watched): void {
  const notice = noticeForm.safeParse(item);
  const text = notice.success ? NOTICES[notice.data.code] : undefined;
  if (text !== undefined) remark(text);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
