/**
 * What the live tail has in hand: a bounded number of events, and what waits while it is paused.
 *
 * Promise: the order of the log is kept over a pause, nothing stands twice, and what had to be let go is counted. While paused so many
 * wait here; what comes beyond them is only counted, and read from history when it goes on. Pure.
 */
export interface Placed {
  readonly eventId: string;
}

/** live: shows what comes. paused: what comes waits. filling: what was missed is being read, what comes waits behind it. */
export type TailMode = 'live' | 'paused' | 'filling';

export class TailBuffer<Event extends Placed> {
  readonly #most: number;
  #mode: TailMode = 'live';
  #rows: Event[] = [];
  #waiting: Event[] = [];
  #missed = 0;
  #letGo = 0;
  #seen = 0;

  /** `most`: events that are shown, and events that wait. */
  constructor(most: number) {
    this.#most = most;
  }

  get mode(): TailMode {
    return this.#mode;
  }

  /** The oldest first. Another list whenever it has changed. */
  get rows(): readonly Event[] {
    return this.#rows;
  }

  /** Came while it was paused, here or in history. */
  get waiting(): number {
    return this.#waiting.length + this.#missed;
  }

  /** Were shown, or could have been, and are not any more. */
  get letGo(): number {
    return this.#letGo;
  }

  /** All that came since the beginning. */
  get seen(): number {
    return this.#seen;
  }

  /** What has come, the oldest first. */
  take(events: readonly Event[]): void {
    if (events.length === 0) return;
    this.#seen += events.length;
    if (this.#mode === 'live') return this.#show(events);
    const room = this.#missed > 0 ? 0 : this.#most - this.#waiting.length;
    if (this.#mode === 'paused') {
      this.#waiting.push(...events.slice(0, room));
      this.#missed += Math.max(0, events.length - room);
      return;
    }
    // While the gap is read the newest stay: what is older would be let go at once.
    this.#waiting.push(...events);
    const over = this.#waiting.length - this.#most;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#letGo += over;
  }

  pause(): void {
    this.#mode = 'paused';
  }

  /** Goes on. Gives the id of the event behind which history must be read first; undefined when nothing was missed. */
  resume(): string | undefined {
    if (this.#mode !== 'paused') return undefined;
    const last = this.#waiting.at(-1) ?? this.#rows.at(-1);
    this.#goOn();
    if (this.#missed === 0) return undefined;
    this.#mode = 'filling';
    return last?.eventId;
  }

  /** What history had of the gap, the oldest first; it may overlap with what came meanwhile. `reached`: it goes back to the last that was shown. */
  fillGap(missed: readonly Event[], reached: boolean): void {
    const after = new Set(this.#waiting.map(({ eventId }) => eventId));
    const found = missed.filter(({ eventId }) => !after.has(eventId));
    if (!reached) this.#letGo += Math.max(0, this.#missed - found.length);
    this.#missed = 0;
    this.#show(found);
    this.#goOn();
  }

  /** History could not be read: what was missed is let go. */
  giveUp(): void {
    this.fillGap([], false);
  }

  /** Begins with these, the oldest first, in front of what came meanwhile: for another filter. */
  begin(events: readonly Event[]): void {
    const after = new Set([...this.#rows, ...this.#waiting].map(({ eventId }) => eventId));
    this.#rows = [...events.filter(({ eventId }) => !after.has(eventId)), ...this.#rows].slice(-this.#most);
  }

  /** Nothing is shown any more; a pause goes on. */
  clear(): void {
    this.#rows = [];
    this.#waiting = [];
    this.#missed = 0;
    this.#letGo = 0;
    this.#seen = 0;
    if (this.#mode === 'filling') this.#mode = 'live';
  }

  #goOn(): void {
    this.#mode = 'live';
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#show(waiting);
  }

  #show(events: readonly Event[]): void {
    if (events.length === 0) return;
    const all = [...this.#rows, ...events];
    this.#letGo += Math.max(0, all.length - this.#most);
    this.#rows = all.slice(-this.#most);
  }
}
