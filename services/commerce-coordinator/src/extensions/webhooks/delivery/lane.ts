/**
 * What this process has for one endpoint: a queue of its own, how many are under way, and how many may be. Pure, but for time,
 * which is an argument.
 *
 * An endpoint that says that it is asked too much, or does not answer, is asked half as much; it comes back by one with every few
 * successes. So one that hangs holds few sockets, and nobody else waits for it: what is for it waits, too, rather than spend its
 * attempts, until it answers again or is disabled. One that fails some of the time keeps an eighth, so that it does not fall behind for good.
 */
import type { Endpoint } from '../endpoint.ts';
import type { Lease } from './lease.ts';

type Limits = Pick<Endpoint, 'maxInFlight' | 'rateLimit'>;

const LEAST_ROOM = 32;
/** Queued for each that may be under way: what an endpoint takes in about a second, within these. A fast one is handed a burst at once, and nothing of it is claimed; what is for a slow one waits where any process may have it. */
const ROOM_MS = 1_000;
const LEAST_EACH = 16;
const MOST_EACH = 256;
/** What is queued beyond what it takes in this time is given back. Much longer than `ROOM_MS`, so that nothing goes to and fro where its pace changes a little. */
const SOON_MS = 10_000;
/** What one endpoint takes in this time is what this process is busy with; more of it would wait for the endpoint. */
const MOMENT_MS = 200;
/** Without an answer for so long it does not go on; less may be this process that is busy. */
const STILL_MS = 250;
/** Of the mean time of an answer, what the last one counts. */
const NEWEST = 1 / 16;
/** The queue of a lane is filled up again when no more than so many for each that is under way are left: few large claims, and never an empty queue. */
const LOW_EACH = 4;
/** Of a second: so many may come at once after a pause. */
const BURST = 0.1;
/** Places of the queue that are empty: from so many on, and when they are more than the others, they go. */
const MANY_EMPTY = 64;
const SUCCESSES_TO_GROW = 4;
/** Failures without a success between them after which one at a time is enough to see whether it answers again. */
const ROW_OF_FAILURES = 10;

export class Lane {
  readonly endpointId: string;
  /** Before `#head` it is empty. */
  readonly #queue: (Lease | undefined)[] = [];
  #head = 0;
  #inFlight = 0;
  /** Of `maxInFlight`, as far as the endpoint bears it. */
  #allowed = Number.POSITIVE_INFINITY;
  #successes = 0;
  #failuresInRow = 0;
  /** Of a success, the mean. One of which nothing is known is slow. */
  #answerMs = ROOM_MS / LEAST_EACH;
  /** When one was begun after the last end of one, or while none was under way: since then nothing has ended. */
  #stillSinceMs = 0;
  #hasEnded = false;
  #pausedUntilMs = 0;
  #tokens = 0;
  #filledAtMs = 0;

  constructor(endpointId: string) {
    this.endpointId = endpointId;
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get isIdle(): boolean {
    return this.queued === 0 && this.#inFlight === 0;
  }

  /** How many more it may be given; `share`: the most that it may have of what all may have. */
  room({ maxInFlight, rateLimit }: Limits, share: number, nowMs: number): number {
    if (nowMs < this.#pausedUntilMs) return 0;
    const most = this.#most(maxInFlight, nowMs);
    // The pace of one process may be a fraction of one a second.
    const paced = rateLimit === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(rateLimit));
    return Math.max(0, Math.min(most, share, paced) - this.queued - this.#inFlight);
  }

  /** Queued and under way. */
  #most(maxInFlight: number, nowMs: number): number {
    const bearable = Math.min(maxInFlight, this.#allowed);
    const each = Math.min(MOST_EACH, Math.max(LEAST_EACH, Math.floor(ROOM_MS / this.#answersIn(nowMs))));
    return Math.max(bearable < maxInFlight ? 1 : LEAST_ROOM, bearable * each);
  }

  /** Where no answer comes, the next one takes as long as it was waited for already. */
  #answersIn(nowMs: number): number {
    return Math.max(1, this.#answerMs, this.#inFlight === 0 ? 0 : nowMs - this.#stillSinceMs);
  }

  /** Takes out what it would not be given now, and does not take soon: the newest. An endpoint that has become slow keeps no more than that from others. */
  surplus({ maxInFlight }: Limits, nowMs: number): Lease[] {
    const soon = (Math.min(maxInFlight, this.#allowed) * SOON_MS) / this.#answersIn(nowMs);
    const keeps = Math.max(this.#most(maxInFlight, nowMs), Math.floor(soon)) - this.#inFlight;
    return this.#queue.splice(this.#head + Math.max(0, keeps)) as Lease[];
  }

  /** Of what it has, as much as its endpoint takes in a moment at its pace; nothing while it does not answer or is to wait. */
  soon({ maxInFlight, rateLimit }: Limits, nowMs: number): number {
    if (nowMs < this.#pausedUntilMs || (this.#inFlight > 0 && nowMs - this.#stillSinceMs > STILL_MS)) return 0;
    const pace = Math.min(rateLimit ?? Number.POSITIVE_INFINITY, (Math.min(maxInFlight, this.#allowed) * 1_000) / Math.max(1, this.#answerMs));
    return Math.min(this.queued + this.#inFlight, (pace * MOMENT_MS) / 1_000);
  }

  /** It is worth claiming more for it. */
  get isLow(): boolean {
    return this.queued <= this.#inFlight * LOW_EACH;
  }

  put(lease: Lease): void {
    this.#queue.push(lease);
  }

  /** The next one that may begin now, counted as under way; undefined when there is none, or it may not. */
  next(limits: Limits, most: number, nowMs: number): Lease | undefined {
    if (this.#hasEnded || this.#inFlight === 0) [this.#stillSinceMs, this.#hasEnded] = [nowMs, false];
    if (this.queued === 0 || nowMs < this.#pausedUntilMs || this.#inFlight >= Math.min(limits.maxInFlight, this.#allowed, most)) return undefined;
    if (limits.rateLimit !== null && !this.#takeToken(limits.rateLimit, nowMs)) return undefined;
    const lease = this.#queue[this.#head];
    // What was taken is not kept: a thousand lanes would keep a thousand times as much.
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#queue.length || (this.#head >= MANY_EMPTY && this.#head * 2 > this.#queue.length)) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    this.#inFlight += 1;
    return lease;
  }

  /** After how long it is worth asking for the next one, when time is what it waits for. */
  waitMs({ rateLimit }: Limits, nowMs: number): number | undefined {
    if (this.queued === 0) return undefined;
    if (nowMs < this.#pausedUntilMs) return this.#pausedUntilMs - nowMs;
    return rateLimit !== null && this.#tokens < 1 ? Math.max(1, ((1 - this.#tokens) * 1_000) / rateLimit) : undefined;
  }

  /** `tookMs`: from the begin of the attempt to the end of its answer. */
  succeeded(tookMs: number): void {
    this.#inFlight -= 1;
    this.#hasEnded = true;
    this.#answerMs += (tookMs - this.#answerMs) * NEWEST;
    this.#failuresInRow = 0;
    if (this.#allowed === Number.POSITIVE_INFINITY || ++this.#successes < SUCCESSES_TO_GROW) return;
    this.#successes = 0;
    this.#allowed += 1;
  }

  /** `isOverloaded`: fewer at once from now on. */
  failed(limits: Limits, isOverloaded: boolean): void {
    this.#inFlight -= 1;
    this.#hasEnded = true;
    this.#successes = 0;
    this.#failuresInRow += 1;
    const least = this.#failuresInRow <= ROW_OF_FAILURES ? Math.ceil(limits.maxInFlight / 8) : 1;
    if (isOverloaded) this.#allowed = Math.max(least, Math.floor(Math.min(this.#allowed, limits.maxInFlight) / 2));
    else if (this.#allowed >= limits.maxInFlight) this.#allowed = Number.POSITIVE_INFINITY;
  }

  /** Nothing begins before; what is queued is given back. */
  pauseUntil(untilMs: number): Lease[] {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
    return this.empty();
  }

  /** Takes out what is queued. */
  empty(): Lease[] {
    const queued = this.#queue.slice(this.#head) as Lease[];
    this.#queue.length = 0;
    this.#head = 0;
    return queued;
  }

  #takeToken(rate: number, nowMs: number): boolean {
    const capacity = Math.max(1, rate * BURST);
    this.#tokens = this.#filledAtMs === 0 ? capacity : Math.min(capacity, this.#tokens + ((nowMs - this.#filledAtMs) * rate) / 1_000);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
