/**
 * The one stream of events of this tab. Whoever listens gets events in batches, one for each frame that is drawn (four a second while the
 * tab is hidden), so that what is drawn costs the same at 5 and at 500 events a second.
 *
 * The browser comes again by itself with the place it had, so nothing is missed over a cut. What the stream says of itself is its state.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import type { Schemas } from './api.ts';

/** An event as history lists it, and its name for webhooks. */
export type LiveEvent = Omit<Schemas['EventEnvelope'], 'data'> & {
  readonly name: string;
  readonly topic: string; readonly subject: string; readonly origin: 'own' | 'foreign'; readonly recordedAt: string;
  readonly handler: string | null; readonly attempt: number | null; readonly data: Readonly<Record<string, unknown>>; readonly test?: boolean;
};

export interface LiveState {
  /** connecting: not yet. live: events come as they are committed. behind: older ones come first. held: a transaction holds them back. lost: cut, and tried again. */
  readonly code: 'connecting' | 'live' | 'behind' | 'held' | 'lost';
  readonly sinceSeconds: number | undefined;
  /** Events before this were removed before this tab saw them, or the log was restored: what is shown may have a gap. */
  readonly gap: boolean;
}

type Listener = (events: readonly LiveEvent[]) => void;

const STREAM = '/api/events/stream';
const HIDDEN_MS = 250;
/** What waits for a frame at most; more than that is more than anybody sees. */
const MOST_WAITING = 20_000;

class LiveHub {
  #source: EventSource | undefined;
  #waiting: LiveEvent[] = [];
  #isDue = false;
  #state: LiveState = { code: 'connecting', sinceSeconds: undefined, gap: false };
  readonly #listeners = new Set<Listener>();
  readonly #watchers = new Set<() => void>();

  /** Opens the stream with the first listener, and closes it some time after the last one. Gives the way to stop. */
  hear(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => {
      this.#listeners.delete(listener);
      setTimeout(() => this.#closeWhenAlone(), 1_000);
    };
  }

  readonly state = (): LiveState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  #open(): void {
    if (this.#source !== undefined) return;
    const source = new EventSource(STREAM, { withCredentials: true });
    this.#source = source;
    source.addEventListener('message', ({ data }: MessageEvent<string>) => this.#take(JSON.parse(data) as LiveEvent));
    source.addEventListener('notice', ({ data }: MessageEvent<string>) => this.#notice(JSON.parse(data) as Notice));
    source.addEventListener('open', () => this.#become({ code: 'live', sinceSeconds: undefined }));
    source.addEventListener('error', () => {
      this.#become({ code: 'lost', sinceSeconds: undefined });
      // Refused, not cut: it does not come again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#reopen(source), 5_000);
    });
  }

  #reopen(source: EventSource): void {
    if (this.#source !== source) return;
    this.#source = undefined;
    if (this.#listeners.size > 0) this.#open();
  }

  #closeWhenAlone(): void {
    if (this.#listeners.size > 0) return;
    this.#source?.close();
    this.#source = undefined;
  }

  #take(event: LiveEvent): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#waiting = [];
      this.#become({ ...this.#state, gap: true });
    }
    this.#waiting.push(event);
    if (this.#isDue) return;
    this.#isDue = true;
    if (document.hidden) setTimeout(() => this.#tell(), HIDDEN_MS);
    else requestAnimationFrame(() => this.#tell());
  }

  #tell(): void {
    this.#isDue = false;
    const events = this.#waiting;
    this.#waiting = [];
    for (const listener of this.#listeners) listener(events);
  }

  #notice(notice: Notice): void {
    if (notice.code === 'too_old' || notice.code === 'restored') this.#become({ ...this.#state, gap: true });
    else if (notice.code === 'behind' || notice.code === 'held') this.#become({ code: notice.code, sinceSeconds: notice.sinceSeconds });
    else if (notice.code !== 'closing') this.#become({ code: 'live', sinceSeconds: undefined });
  }

  #become(state: Omit<LiveState, 'gap'> & Partial<LiveState>): void {
    this.#state = { gap: this.#state.gap, ...state };
    for (const watcher of this.#watchers) watcher();
  }
}

interface Notice {
  readonly code: string;
  readonly sinceSeconds?: number;
}

export const live = new LiveHub();

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, live.state);
}

/** Calls `heard` with each batch while the component is there. */
export function useLive(heard: Listener): void {
  const latest = useEffectEvent(heard);
  useEffect(() => live.hear((events) => latest(events)), []);
}

/**
 * Has what was read read again when events come that it is about, at once and then at most once in `everyMs`.
 * `key`: as `$api.queryOptions(…).queryKey`, or the beginning of it: `['get', '/orders/care']`.
 */
export function useLiveRefresh(key: readonly unknown[], isAbout: (event: LiveEvent) => boolean = () => true, everyMs = 1_000): void {
  const queries = useQueryClient();
  const refresh = useEffectEvent(() => void queries.invalidateQueries({ queryKey: key }));
  const concerns = useEffectEvent(isAbout);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let again = false;
    const run = (): void => {
      refresh();
      again = false;
      waiting = setTimeout(() => {
        waiting = undefined;
        if (again) run();
      }, everyMs);
    };
    const leave = live.hear((events) => {
      if (!events.some((event) => concerns(event))) return;
      if (waiting === undefined) run();
      else again = true;
    });
    return () => {
      leave();
      clearTimeout(waiting);
    };
  }, [everyMs]);
}
