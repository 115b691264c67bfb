/**
 * One stream of events, and those who listen to it. Events come in batches, one for each frame that is drawn or four a second, whichever
 * is first, so that what is drawn costs the same at 5 and at 500 events a second, and a tab that draws nothing hears all the same.
 *
 * Promise: nothing is missed over a cut or a refusal, for the stream goes on behind the last place that was seen; where that cannot be,
 * the state says that there is a gap, and why, for as long as the page lives. A tab that nobody sees lets its stream go after a while, for
 * a browser has few connections to one host; it goes on where it was when somebody sees it again.
 * Pure: the browser comes in through ports.
 */

/** Why something may be missing: removed by its retention before this tab saw it, the log restored, more than can be held, or the place lost. */
export type Gap = 'removed' | 'restored' | 'too_many' | 'no_place';

export interface LiveState {
  /** connecting: not yet. live: events come as they are committed. behind: older ones come first. held: a transaction holds them back. lost: cut or refused, and tried again. */
  readonly code: 'connecting' | 'live' | 'behind' | 'held' | 'lost';
  readonly sinceSeconds: number | undefined;
  /** The last one. Stays: what is shown may lack something until the page is loaded anew. */
  readonly gap: Gap | undefined;
  /** How often there was one. */
  readonly gaps: number;
}

/** An `EventSource`, as far as it is used. */
export interface Source {
  readonly readyState: number;
  addEventListener(type: string, heard: (event: { readonly data: string; readonly lastEventId: string }) => void): void;
  close(): void;
}

interface LivePorts {
  /** The path behind the place. */
  readonly open: (path: string, place: string | undefined) => Source;
  /** The code of the problem with which the path is refused; undefined when it is not. Never rejects. */
  readonly refusal: (path: string) => Promise<string | undefined>;
  readonly isHidden: () => boolean;
  /** Before the next frame is drawn, if one ever is. Gives the way to take it back. */
  readonly frame: (act: () => void) => () => void;
  /** Gives the way to take it back. */
  readonly later: (ms: number, act: () => void) => () => void;
}

const STREAM = '/api/events/stream';
/** Of an `EventSource`: it does not come again by itself. */
const CLOSED = 2;
/** A batch waits for a frame no longer than this. */
const LONGEST_MS = 250;
/** A tab that nobody sees keeps its stream for so long. */
export const RESTS_AFTER_MS = 15_000;
const AGAIN_MS = 5_000;
const ALONE_MS = 1_000;
/** What waits for a batch at most; more than that is more than anybody sees. */
export const MOST_WAITING = 20_000;

interface Notice {
  readonly code: string;
  readonly sinceSeconds?: number;
}

/** The address of the stream behind a place. */
export function pathBehind(place: string | undefined): string {
  return place === undefined ? STREAM : `${STREAM}?after=${encodeURIComponent(place)}`;
}

const GAPS: Readonly<Record<string, Gap>> = { too_old: 'removed', restored: 'restored' };

export class LiveHub<Event> {
  readonly #ports: LivePorts;
  #source: Source | undefined;
  /** The last id that was seen. */
  #place: string | undefined;
  #wasCut = false;
  #waiting: Event[] = [];
  #takeBackTelling: (() => void) | undefined;
  #takeBackRest: (() => void) | undefined;
  #state: LiveState = { code: 'connecting', sinceSeconds: undefined, gap: undefined, gaps: 0 };
  readonly #listeners = new Set<(events: readonly Event[]) => void>();
  readonly #watchers = new Set<() => void>();

  constructor(ports: LivePorts) {
    this.#ports = ports;
  }

  /** Opens the stream with the first listener, and closes it some time after the last one. Gives the way to stop. */
  hear(listener: (events: readonly Event[]) => void): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => {
      this.#listeners.delete(listener);
      this.#ports.later(ALONE_MS, () => {
        if (this.#listeners.size === 0) this.#close();
      });
    };
  }

  readonly state = (): LiveState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** To be called when the tab is hidden and when it is seen again. */
  readonly seen = (): void => {
    this.#takeBackRest?.();
    this.#takeBackRest = undefined;
    if (!this.#ports.isHidden()) {
      if (this.#listeners.size > 0) this.#open();
      return;
    }
    if (this.#source !== undefined) this.#restLater();
  };

  #restLater(): void {
    this.#takeBackRest ??= this.#ports.later(RESTS_AFTER_MS, () => {
      this.#takeBackRest = undefined;
      this.#close();
    });
  }

  #open(): void {
    if (this.#source !== undefined) return;
    const source = this.#ports.open(pathBehind(this.#place), this.#place);
    this.#source = source;
    // What a source that was let go still says is not heard.
    const on = (type: string, heard: (data: string) => void): void => source.addEventListener(type, ({ data, lastEventId }) => {
      if (this.#source !== source) return;
      // Undefined for what is not a message, and empty before there is a place.
      this.#place = lastEventId || this.#place;
      heard(data);
    });
    on('message', (data) => this.#take(JSON.parse(data) as Event));
    on('notice', (data) => this.#notice(JSON.parse(data) as Notice));
    on('open', () => this.#opened());
    on('error', () => {
      this.#wasCut = true;
      this.#become({ code: 'lost', sinceSeconds: undefined });
      if (source.readyState === CLOSED) this.#ports.later(AGAIN_MS, () => void this.#again(source));
    });
    if (this.#ports.isHidden()) this.#restLater();
  }

  /** Refused, not cut. What has no place any more begins anew. */
  async #again(source: Source): Promise<void> {
    if (this.#source !== source) return;
    const isRefused = this.#place !== undefined && (await this.#ports.refusal(pathBehind(this.#place))) === 'invalid_cursor';
    // It may have been let go meanwhile.
    if (this.#source !== source) return;
    if (isRefused) this.#place = undefined;
    this.#source = undefined;
    if (this.#listeners.size > 0) this.#open();
  }

  #opened(): void {
    // It was there before, or should have been: what came between was not seen.
    if (this.#wasCut && this.#place === undefined) this.#missed('no_place');
    this.#wasCut = false;
    this.#become({ code: 'live', sinceSeconds: undefined });
  }

  #close(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#wasCut = true;
    this.#become({ code: 'connecting', sinceSeconds: undefined });
  }

  #take(event: Event): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#waiting = [];
      this.#missed('too_many');
    }
    this.#waiting.push(event);
    if (this.#takeBackTelling !== undefined) return;
    const takeBacks = [this.#ports.later(LONGEST_MS, () => this.#tell()), ...(this.#ports.isHidden() ? [] : [this.#ports.frame(() => this.#tell())])];
    this.#takeBackTelling = () => {
      for (const takeBack of takeBacks) takeBack();
    };
  }

  #tell(): void {
    this.#takeBackTelling?.();
    this.#takeBackTelling = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    for (const listener of this.#listeners) listener(events);
  }

  #notice({ code, sinceSeconds }: Notice): void {
    const gap = GAPS[code];
    if (gap !== undefined) this.#missed(gap);
    else if (code === 'behind' || code === 'held') this.#become({ code, sinceSeconds });
    else if (code !== 'closing') this.#become({ code: 'live', sinceSeconds: undefined });
  }

  #missed(gap: Gap): void {
    this.#become({ gap, gaps: this.#state.gaps + 1 });
  }

  #become(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}
