/**
 * One stream for all windows of a browser that one person has open: a browser has six connections to a host, and a stream keeps one. The
 * window that leads has the stream and hands on what it hears; when it is closed, or rests, another one leads.
 *
 * Promise: each window hears every event once, in the order of the log, as with a stream of its own. One that comes back with a place that
 * is not the leader's has a stream of its own until both have had the same event; one that nobody answers has its own, too.
 * Pure: the browser comes in through ports.
 */
import type { Source } from './live-hub.ts';

interface Heard {
  readonly type: 'message' | 'notice';
  readonly data: string;
  readonly lastEventId: string;
}

/** What windows say to each other. here: of the one that leads, where it is. lost: its stream was cut, and is tried again. */
export type Said = { readonly kind: 'hello' | 'lost' } | { readonly kind: 'here'; readonly place: string | undefined } | { readonly kind: 'heard'; readonly heard: Heard };

export interface SharedPorts {
  /** The stream itself, behind a place. */
  readonly open: (place: string | undefined) => Source;
  /** Hears the other windows; does not hear itself. */
  readonly join: (hear: (said: Said) => void) => { readonly say: (said: Said) => void; readonly leave: () => void };
  /** Calls `lead` when no other window leads; it leads until that is fulfilled. Not any more after `signal`. */
  readonly lead: (lead: () => Promise<void>, signal: AbortSignal) => void;
  /** Gives the way to take it back. */
  readonly later: (ms: number, act: () => void) => () => void;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;
const ANSWER_MS = 2_000;
/** Events that are remembered while there are two streams. */
const MOST = 20_000;

type Listener = (event: { readonly data: string; readonly lastEventId: string }) => void;

export class SharedStream implements Source {
  readonly #ports: SharedPorts;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #others: ReturnType<SharedPorts['join']>;
  readonly #leading = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  /** joining: with a place, and nobody has answered yet. alone: with a stream of its own that is not handed on. */
  #role: 'joining' | 'following' | 'alone' | 'leading' | 'closed';
  #readyState = CONNECTING;
  #place: string | undefined;
  #own: Source | undefined;
  /** What the leader has handed on beyond what was heard here. */
  #ahead: Heard[] = [];
  /** Places that the own stream had while it was alone. */
  #had = new Set<string>();
  readonly #takeBackWait: () => void;

  constructor(place: string | undefined, ports: SharedPorts) {
    this.#ports = ports;
    this.#place = place;
    this.#role = place === undefined ? 'following' : 'joining';
    this.#others = ports.join((said) => this.#said(said));
    this.#takeBackWait = ports.later(ANSWER_MS, () => {
      if (this.#readyState === CONNECTING && this.#role !== 'leading') this.#goAlone();
    });
    ports.lead(() => this.#lead(), this.#leading.signal);
    this.#others.say({ kind: 'hello' });
  }

  get readyState(): number {
    return this.#readyState;
  }

  addEventListener(type: string, heard: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), heard]);
  }

  close(): void {
    if (this.#role === 'closed') return;
    this.#role = 'closed';
    this.#readyState = CLOSED;
    this.#takeBackWait();
    this.#own?.close();
    this.#others.leave();
    this.#leading.abort();
    this.#over.resolve();
  }

  #lead(): Promise<void> {
    if (this.#role === 'closed') return Promise.resolve();
    this.#role = 'leading';
    this.#forget();
    // One that was alone stands nearer to the end of the log than anybody who followed the one before.
    if (this.#own === undefined) this.#openOwn();
    else this.#others.say({ kind: 'here', place: this.#place });
    return this.#over.promise;
  }

  #goAlone(): void {
    if (this.#role === 'alone') return;
    this.#role = 'alone';
    this.#openOwn();
  }

  #openOwn(): void {
    const own = this.#ports.open(this.#place);
    this.#own = own;
    const on = (type: string, act: Listener): void => own.addEventListener(type, (event) => {
      if (this.#own === own) act(event);
    });
    for (const type of ['message', 'notice'] as const) on(type, ({ data, lastEventId }) => this.#heard({ type, data, lastEventId }));
    on('open', () => {
      if (this.#role === 'leading') this.#others.say({ kind: 'here', place: this.#place });
      this.#opened();
    });
    on('error', () => {
      this.#readyState = own.readyState;
      if (own.readyState === CLOSED) this.close();
      else if (this.#role === 'leading') this.#others.say({ kind: 'lost' });
      this.#tell('error', { data: '', lastEventId: '' });
    });
  }

  /** By the own stream. */
  #heard(heard: Heard): void {
    if (this.#role === 'leading') this.#others.say({ kind: 'heard', heard });
    this.#deliver(heard);
    if (this.#role !== 'alone' || heard.type !== 'message') return;
    this.#had.add(heard.lastEventId);
    if (this.#had.size > MOST) this.#had.delete(this.#had.values().next().value ?? '');
    const met = this.#ahead.findIndex(({ type, lastEventId }) => type === 'message' && lastEventId === heard.lastEventId);
    if (met === -1) return;
    const rest = this.#ahead.slice(met + 1);
    this.#follow();
    for (const one of rest) this.#deliver(one);
  }

  /** By another window. */
  #said(said: Said): void {
    if (this.#role === 'closed') return;
    if (this.#role === 'leading') {
      if (said.kind === 'hello' && this.#readyState === OPEN) this.#others.say({ kind: 'here', place: this.#place });
      return;
    }
    if (said.kind === 'here') this.#isHere(said.place);
    else if (said.kind === 'lost' && this.#role === 'following') {
      this.#readyState = CONNECTING;
      this.#tell('error', { data: '', lastEventId: '' });
    } else if (said.kind === 'heard') this.#handedOn(said.heard);
  }

  #isHere(place: string | undefined): void {
    if (this.#role === 'alone') return;
    if (this.#place !== undefined && place !== this.#place) return this.#goAlone();
    this.#place = place;
    this.#role = 'following';
    this.#forget();
    this.#opened();
  }

  #handedOn(heard: Heard): void {
    if (this.#role === 'following') {
      // The own stream was ahead: what it had comes again.
      if (heard.type === 'message' && this.#had.delete(heard.lastEventId)) return;
      // A notice says nothing of what was had: it comes just when the streams are apart.
      if (heard.type === 'message') this.#had.clear();
      this.#opened();
      return this.#deliver(heard);
    }
    if (heard.type === 'message' && this.#had.has(heard.lastEventId)) {
      const had = this.#had;
      had.delete(heard.lastEventId);
      this.#follow();
      this.#had = had;
      return;
    }
    if (this.#ahead.push(heard) > MOST) this.#ahead.shift();
  }

  /** Both have had the same event: the leader's stream is enough from here. */
  #follow(): void {
    this.#own?.close();
    this.#own = undefined;
    this.#role = 'following';
    this.#forget();
  }

  #forget(): void {
    this.#ahead = [];
    this.#had = new Set();
  }

  #deliver({ type, data, lastEventId }: Heard): void {
    this.#place = lastEventId || this.#place;
    this.#tell(type, { data, lastEventId });
  }

  #opened(): void {
    if (this.#readyState === OPEN) return;
    this.#takeBackWait();
    this.#readyState = OPEN;
    this.#tell('open', { data: '', lastEventId: '' });
  }

  #tell(type: string, event: { readonly data: string; readonly lastEventId: string }): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}
