/**
 * Delivers: what the fan-out has leased for this process at once, and what is due otherwise, claimed fairly for each endpoint.
 *
 * Promise: each endpoint has a queue, a number of sockets and a pace of its own, so that a slow one delays nobody else, however much
 * waits for it. A process that dies has its deliveries given back within `ALIVE_MS`: what was under way may come twice, under the same id;
 * nothing is lost. One that was taken for dead, for it stood still, sends nothing more of what it had. What was leased to a process that
 * never learned of it, for the connection broke before the answer, is given back within minutes.
 */
import { Bell } from '@commerce/event-log/backoff';
import type { Tx } from '@commerce/event-log/extension';
import type { Faults } from '@commerce/service-kit/ports';
import * as rows from '../deliveries.pg.ts';
import type { Ending } from '../deliveries.pg.ts';
import { beginAttempt } from './attempt-span.ts';
import type { AttemptTraces } from './attempt-span.ts';
import { Endings } from './endings.ts';
import { judge } from './health.ts';
import type { Verdict } from './health.ts';
import { readSeen } from './health.pg.ts';
import { Lane } from './lane.ts';
import { LostLeases } from './lost-leases.ts';
import type { Attempt, Lease } from './lease.ts';
import { afterAttempt, isGone, isInterrupted, isOverloaded } from './retry.ts';
import type { Known, Registry } from './registry.ts';
import type { Sender } from './sender.http.ts';

export interface DispatcherOptions {
  readonly db: Tx;
  readonly registry: Registry;
  readonly sender: Pick<Sender, 'send' | 'dropIdle' | 'close'>;
  /** A new UUID: of a holder, or of a batch of leases. */
  readonly makeId: () => string;
  /** An endpoint is to be told of, or disabled: by the database, for other processes too. Rejects when that failed. */
  readonly onUnwell: (endpoint: Known['endpoint'], verdict: Verdict | { readonly act: 'gone' }, last: { readonly lease: Lease; readonly attempt: Attempt }) => Promise<void>;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly logger: { warn(fields: object, message: string): void };
  /** Left out where nothing is traced. */
  readonly traces?: AttemptTraces | undefined;
  /** Points where a test may end the process: `webhooks.claimed` before an attempt, `webhooks.answered` after it. */
  readonly faults?: Pick<Faults, 'hit'>;
}

const ALIVE_MS = 15_000;
const BEAT_MS = 3_000;
/** Between two looks for what somebody else has left: another process, a person, one that died. */
const LOOK_MS = 1_000;
/** Deliveries under way in a process, to all endpoints. */
const MOST_IN_FLIGHT = 1_024;
const MOST_LEASES = 16_384;
const MOST_BYTES = 64 * 1_048_576;
/**
 * With so many that endpoints would take in a moment it is this process that they wait for, and more would only be written to be claimed later, which costs
 * as much again. What an endpoint does not take by itself delays nobody: it does not count. About a tenth of a second of one process, and with a batch of
 * the fan-out on top still less than a lane has room for whose endpoint is as quick as that.
 */
const ENOUGH = 768;
const MOST_CLAIMED = 1_000;
const MOST_ENDPOINTS = 200;
/** While more is not written, nothing begins. */
const MOST_UNWRITTEN = 5_000;
/** An endpoint that asks to wait longer has what is queued given back. */
const PATIENCE_MS = 2_000;
/** A lane of which nothing is left is forgotten after so long. */
const FORGET_MS = 3_600_000;
const DRAIN_MS = 8_000;

const NOTHING: rows.Claimed = { leases: [], nextInMs: new Map() };

/** What the fan-out may lease at once. */
export interface Room {
  take(known: Known, bytes: number): boolean;
}

interface Kept {
  readonly lane: Lane;
  usedAtMs: number;
  wake: NodeJS.Timeout | undefined;
  /** The last result. */
  last: { readonly lease: Lease; readonly attempt: Attempt } | undefined;
  /** It is being told that the endpoint is gone. */
  isTelling: boolean;
}

export class Dispatcher {
  readonly #o: DispatcherOptions;
  readonly #endings: Endings;
  readonly #bell: Bell;
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  readonly #lanes = new Map<string, Kept>();
  /** Lanes that wait for one of the sockets of all. */
  readonly #starved = new Set<Kept>();
  /** Endpoints of which rows are ready, and when the first is due, monotonic. */
  readonly #due = new Map<string, number>();
  /** Endpoints with results that nobody has judged. */
  readonly #unjudged = new Set<string>();
  /** Of these it was told since the last look began. */
  readonly #told = new Set<string>();
  /** Batches of what is in memory: queued, under way, or ended and not written. */
  readonly #batches = new Set<string>();
  readonly #lost: LostLeases;
  #holder: string;
  #isTaking = false;
  /** When the loop of claims looks again by itself. */
  #wakesAtMs = Number.NEGATIVE_INFINITY;
  #leaseEndsAtMs = 0;
  #dispatchers = 1;
  /** Unix milliseconds of the database less monotonic ones. */
  #offsetMs: number | undefined;
  #inFlight = 0;
  #active = 0;
  #leases = 0;
  #bytes = 0;
  #loops: Promise<void>[] = [];

  constructor(options: DispatcherOptions) {
    this.#o = options;
    this.#holder = options.makeId();
    this.#bell = new Bell(options.sleep);
    this.#lost = new LostLeases(options.db, (batchId) => this.#batches.has(batchId));
    this.#endings = new Endings({
      write: (endings) => rows.end(options.db, this.#holder, endings, options.monotonicMs()),
      onWritten: (endings) => this.#written(endings),
      sleep: options.sleep, random: options.random, logger: options.logger,
    });
  }

  /** Under which rows are leased to this process. */
  get holder(): string {
    return this.#holder;
  }

  /** The time by the clock of the database, Unix milliseconds, so that a wrong clock here harms nobody; undefined before it is known. */
  get nowMs(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#o.monotonicMs() + this.#offsetMs;
  }

  get counts(): { readonly inFlight: number; readonly leased: number; readonly lanes: number } {
    return { inFlight: this.#inFlight, leased: this.#leases, lanes: this.#lanes.size };
  }

  async start(): Promise<void> {
    await rows.register(this.#o.db, this.#holder, ALIVE_MS);
    await this.#beat();
    await this.#o.registry.refresh(this.#o.db);
    this.#isTaking = true;
    this.#loops = [this.#beatLoop(), this.#claimLoop()];
  }

  /** Nothing new is begun or leased; what is under way goes on. */
  stopTaking(): void {
    this.#isTaking = false;
  }

  /** Ends what is under way, within its grace, and gives the rest back. */
  async stop(): Promise<void> {
    this.stopTaking();
    this.#stop.abort();
    await Promise.all(this.#loops);
    for (const kept of this.#lanes.values()) {
      clearTimeout(kept.wake);
      for (const lease of kept.lane.empty()) this.#forget(lease);
    }
    const untilMs = this.#o.monotonicMs() + DRAIN_MS;
    while (this.#inFlight > 0 && this.#o.monotonicMs() < untilMs) await this.#o.sleep(10).catch(() => undefined);
    this.#abandon.abort();
    this.#endings.giveUp();
    await this.#endings.flush();
    await rows.leave(this.#o.db, this.#holder).catch((error: unknown) => this.#o.logger.warn({ err: error }, 'deliveries could not be given back; they are when the lease is over'));
    await this.#o.sender.close();
  }

  /** It is busy for a while with what it has: the fan-out may wait. */
  get hasEnough(): boolean {
    if (this.#leases < ENOUGH) return false;
    const now = this.#o.monotonicMs();
    let soon = 0;
    for (const [id, { lane }] of this.#lanes) {
      const endpoint = this.#o.registry.get(id)?.endpoint;
      // One for which more waits in the database is given nothing by the fan-out.
      if (endpoint !== undefined && !this.#due.has(id)) soon += lane.soon(this.#limitsOf(endpoint), now);
    }
    return soon >= ENOUGH;
  }

  /** For one batch of the fan-out. */
  room(): Room {
    const now = this.#o.monotonicMs();
    const left = new Map<string, number>();
    let [leases, bytes] = [MOST_LEASES - this.#leases, MOST_BYTES - this.#bytes];
    const isOpen = this.#isTaking && now < this.#leaseEndsAtMs;
    return {
      take: ({ endpoint }, size) => {
        // What waits already comes first.
        if (!isOpen || endpoint.ordered || endpoint.status !== 'enabled' || this.#due.has(endpoint.endpointId) || leases <= 0 || bytes < size) return false;
        const room = left.get(endpoint.endpointId) ?? this.#roomOf(endpoint, now);
        if (room <= 0) return false;
        left.set(endpoint.endpointId, room - 1);
        leases -= 1;
        bytes -= size;
        return true;
      },
    };
  }

  /** Takes what was leased for this process and is committed. */
  deliver(leases: readonly Lease[]): void {
    if (leases.length === 0) return;
    const touched = new Set<Kept>();
    for (const lease of leases) {
      this.#batches.add(lease.batch.batchId);
      this.#leases += 1;
      this.#bytes += lease.body.length;
      const kept = this.#laneOf(lease.endpointId);
      kept.lane.put(lease);
      touched.add(kept);
    }
    for (const kept of touched) this.#pump(kept);
  }

  /** Rows of these endpoints are ready. */
  due(endpointIds: readonly string[]): void {
    if (endpointIds.length === 0) return;
    const now = this.#o.monotonicMs();
    for (const id of endpointIds) this.#dueAt(id, now);
    this.#bell.ring();
  }

  #dueAt(endpointId: string, atMs: number): void {
    this.#told.add(endpointId);
    const known = this.#due.get(endpointId);
    if (known !== undefined && known <= atMs) return;
    this.#due.set(endpointId, atMs);
    if (atMs < this.#wakesAtMs) this.#bell.ring();
  }

  #laneOf(endpointId: string): Kept {
    let kept = this.#lanes.get(endpointId);
    if (kept === undefined) {
      kept = { lane: new Lane(endpointId), usedAtMs: this.#o.monotonicMs(), wake: undefined, last: undefined, isTelling: false };
      this.#lanes.set(endpointId, kept);
    }
    return kept;
  }

  /** The share of this process in what an endpoint takes. */
  #limitsOf({ maxInFlight, rateLimit }: Known['endpoint']): { maxInFlight: number; rateLimit: number | null } {
    return { maxInFlight: Math.max(1, Math.ceil(maxInFlight / this.#dispatchers)), rateLimit: rateLimit === null ? null : rateLimit / this.#dispatchers };
  }

  /** Begins what may begin for this endpoint. */
  #pump(kept: Kept): void {
    const { lane } = kept;
    if (lane.queued === 0) return;
    const now = this.#o.monotonicMs();
    const known = this.#o.registry.get(lane.endpointId);
    if (known === undefined || known.endpoint.status !== 'enabled') {
      for (const lease of lane.empty()) this.#end(lease, { state: known === undefined ? 'discarded' : 'held', attempt: lease.attempt, waitMs: 0, made: null });
      return;
    }
    if (now >= this.#leaseEndsAtMs || this.#endings.size > MOST_UNWRITTEN) return this.#wakeIn(kept, 100);
    const limits = this.#limitsOf(known.endpoint);
    for (;;) {
      if (this.#inFlight >= MOST_IN_FLIGHT) {
        this.#starved.add(kept);
        return;
      }
      const wasIdle = lane.inFlight === 0;
      const lease = lane.next(limits, this.#share(), now);
      if (lease === undefined) break;
      if (wasIdle) this.#active += 1;
      this.#inFlight += 1;
      void this.#attempt(kept, known, lease);
    }
    const waitingMs = lane.waitMs(limits, now);
    if (waitingMs !== undefined) this.#wakeIn(kept, waitingMs);
  }

  /** While sockets are plenty, as many as it wants; else an equal part for each endpoint that has one. */
  #share(): number {
    return this.#inFlight < MOST_IN_FLIGHT / 2 ? MOST_IN_FLIGHT : Math.max(1, Math.floor(MOST_IN_FLIGHT / Math.max(1, this.#active)));
  }

  /** How many more it may be given. A part of what is free: so one endpoint alone may have many, and those that are slow together never have all. */
  #roomOf(endpoint: Known['endpoint'], nowMs: number): number {
    const { lane } = this.#laneOf(endpoint.endpointId);
    return lane.room(this.#limitsOf(endpoint), Math.max(1, (MOST_LEASES - this.#leases) >> 1), nowMs);
  }

  #wakeIn(kept: Kept, ms: number): void {
    if (this.#stop.signal.aborted) return;
    kept.wake ??= setTimeout(() => {
      kept.wake = undefined;
      this.#pump(kept);
      // What was given back meanwhile is claimed again.
      this.#bell.ring();
    }, ms);
  }

  async #attempt(kept: Kept, { endpoint }: Known, lease: Lease): Promise<void> {
    const { lane } = kept;
    const { sent, ended } = beginAttempt(this.#o.traces, lease);
    void this.#o.faults?.hit('webhooks.claimed');
    const attempt = await this.#o.sender.send(endpoint, sent, this.#abandon.signal);
    void this.#o.faults?.hit('webhooks.answered');
    ended(attempt);
    const endedAtMs = this.#o.monotonicMs();
    const next = afterAttempt(endpoint, lease, attempt, this.#o.random);
    const hasFailed = next.state !== 'delivered';
    kept.usedAtMs = endedAtMs;
    this.#inFlight -= 1;
    if (hasFailed) lane.failed(this.#limitsOf(endpoint), isOverloaded(attempt));
    else lane.succeeded(attempt.durationMs);
    if (lane.inFlight === 0) this.#active -= 1;
    this.#end(lease, {
      ...next,
      made: { status: attempt.status, answer: attempt.answer, error: attempt.error, durationMs: attempt.durationMs, endedAtMs, url: endpoint.url },
    });
    if (!isInterrupted(attempt)) kept.last = { lease, attempt };
    if (isGone(attempt) && !kept.isTelling) {
      kept.isTelling = true;
      void this.#tell(endpoint, { act: 'gone' }, { lease, attempt }).finally(() => (kept.isTelling = false));
    }
    if (attempt.retryAfterMs !== null && hasFailed && isOverloaded(attempt)) this.#pause(kept, attempt.retryAfterMs);
    // Those first that wait for a socket longer than this one.
    this.#feedStarved();
    this.#pump(kept);
    // Room again: what waits in the database may come.
    if (this.#due.has(lane.endpointId) && lane.isLow) this.#bell.ring();
  }

  /** What its owner is told, and the end of an endpoint, hang on what all processes have seen of it; its results are written by now. */
  async #judge(): Promise<void> {
    const unjudged = [...this.#unjudged];
    if (unjudged.length === 0) return;
    this.#unjudged.clear();
    const seen = await readSeen(this.#o.db, unjudged).catch((error: unknown) => {
      for (const id of unjudged) this.#unjudged.add(id);
      throw error;
    });
    for (const [id, one] of seen) {
      const endpoint = this.#o.registry.get(id)?.endpoint;
      const last = this.#lanes.get(id)?.last;
      if (endpoint === undefined || last === undefined || endpoint.status === 'disabled') continue;
      const verdict = judge(one, endpoint.noticedAt !== null);
      if (verdict !== undefined) void this.#tell(endpoint, verdict, last);
    }
  }

  async #tell(endpoint: Known['endpoint'], verdict: Parameters<DispatcherOptions['onUnwell']>[1], last: NonNullable<Kept['last']>): Promise<void> {
    try {
      await this.#o.onUnwell(endpoint, verdict, last);
      this.#bell.ring();
    } catch (error) {
      this.#unjudged.add(endpoint.endpointId);
      this.#o.logger.warn({ err: error, subject: endpoint.endpointId }, 'what became of an endpoint could not be told; it is with its next result');
    }
  }

  #pause(kept: Kept, ms: number): void {
    const untilMs = this.#o.monotonicMs() + ms;
    const queued = kept.lane.pauseUntil(untilMs);
    if (ms <= PATIENCE_MS) {
      for (const lease of queued) kept.lane.put(lease);
      return;
    }
    for (const lease of queued) this.#end(lease, { state: 'ready', attempt: lease.attempt, waitMs: ms, made: null });
  }

  #feedStarved(): void {
    for (const kept of this.#starved) {
      if (this.#inFlight >= MOST_IN_FLIGHT) return;
      this.#starved.delete(kept);
      this.#pump(kept);
    }
  }

  #end(lease: Lease, ending: Omit<Ending, 'deliveryId' | 'endpointId' | 'batch' | 'claims'>): void {
    this.#forget(lease);
    this.#endings.add({ deliveryId: lease.deliveryId, endpointId: lease.endpointId, batch: lease.batch, claims: lease.claims, ...ending }, this.#o.registry.get(lease.endpointId)?.endpoint.ordered === true);
  }

  #forget(lease: Lease): void {
    this.#leases -= 1;
    this.#bytes -= lease.body.length;
  }

  #written(endings: readonly Ending[]): void {
    const now = this.#o.monotonicMs();
    for (const { endpointId, batch, state, waitMs: afterMs, made } of endings) {
      batch.left -= 1;
      if (batch.left === 0) this.#batches.delete(batch.batchId);
      if (state === 'ready') this.#dueAt(endpointId, now + afterMs);
      if (made !== null && (state !== 'delivered' || (this.#o.registry.get(endpointId)?.endpoint.noticedAt ?? null) !== null)) this.#unjudged.add(endpointId);
    }
    // Behind one that was waited for the next one may go now.
    this.due([...new Set(endings.map(({ endpointId }) => endpointId))].filter((id) => this.#o.registry.get(id)?.endpoint.ordered === true));
  }

  async #claimLoop(): Promise<void> {
    let lookAtMs = 0;
    while (!this.#stop.signal.aborted) {
      let nextMs = LOOK_MS;
      try {
        const now = this.#o.monotonicMs();
        if (now >= lookAtMs) {
          await this.#look();
          lookAtMs = now + LOOK_MS;
        }
        if (this.#isTaking && (await this.#claim())) continue;
        nextMs = Math.min(lookAtMs, ...this.#dueTimes()) - this.#o.monotonicMs();
      } catch (error) {
        this.#o.logger.warn({ err: error }, 'deliveries cannot be claimed; it is tried again');
      }
      const pauseMs = Math.max(5, Math.min(LOOK_MS, nextMs));
      this.#wakesAtMs = this.#o.monotonicMs() + pauseMs;
      await this.#bell.wait(pauseMs, this.#stop.signal);
      this.#wakesAtMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** Of what is not due yet: what is due and cannot be taken waits for room, which rings. */
  #dueTimes(): number[] {
    const now = this.#o.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const atMs of this.#due.values()) if (atMs > now && atMs < next) next = atMs;
    return [next];
  }

  async #look(): Promise<void> {
    const { db, registry } = this.#o;
    await registry.refresh(db);
    await this.#judge();
    this.#told.clear();
    const due = await rows.readDue(db);
    // What is told meanwhile may be younger than the look. What is known to be due stays where it stands in the turn.
    for (const id of this.#due.keys()) if (!due.has(id) && !this.#told.has(id)) this.#due.delete(id);
    const readAtMs = this.#o.monotonicMs();
    for (const [id, inMs] of due) if (!this.#told.has(id)) this.#due.set(id, readAtMs + inMs);
  }

  /** Takes what is due, as much as there is room for. True when it took something. */
  async #claim(): Promise<boolean> {
    const now = this.#o.monotonicMs();
    if (now >= this.#leaseEndsAtMs || this.#endings.size > MOST_UNWRITTEN) return false;
    const wishes: rows.Wish[] = [];
    const inOrder: rows.Wish[] = [];
    let left = this.#bytes >= MOST_BYTES ? 0 : Math.min(MOST_CLAIMED, MOST_LEASES - this.#leases);
    for (const [endpointId, atMs] of this.#due) {
      if (left <= 0 || wishes.length + inOrder.length >= MOST_ENDPOINTS) break;
      const known = this.#o.registry.get(endpointId);
      if (atMs > now || known === undefined || known.endpoint.status !== 'enabled') continue;
      const { lane } = this.#laneOf(endpointId);
      const most = !lane.isLow ? 0 : Math.min(left, this.#roomOf(known.endpoint, now));
      if (most <= 0) continue;
      left -= most;
      (known.endpoint.ordered ? inOrder : wishes).push({ endpointId, most });
    }
    if (wishes.length + inOrder.length === 0) return false;
    const holder = this.#holder;
    // What becomes due from here on may be too young for the claim, and is told anew.
    for (const { endpointId } of [...wishes, ...inOrder]) this.#due.delete(endpointId);
    const counts = new Map<string, number>();
    let hasFailed = true;
    try {
      const [some, others] = await Promise.all([
        wishes.length === 0 ? NOTHING : rows.claim(this.#o.db, holder, this.#o.makeId(), wishes), inOrder.length === 0 ? NOTHING : rows.claimInOrder(this.#o.db, holder, this.#o.makeId(), inOrder),
      ]);
      const leases = [...some.leases, ...others.leases];
      hasFailed = false;
      const readAtMs = this.#o.monotonicMs();
      for (const [endpointId, inMs] of [...some.nextInMs, ...others.nextInMs]) this.#dueAt(endpointId, readAtMs + inMs);
      // It was taken for dead meanwhile: these are given back with the rest.
      if (holder !== this.#holder) return true;
      for (const { endpointId } of leases) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
      this.deliver(leases);
      return leases.length > 0;
    } finally {
      // To the end of the turn: there may be more of those of which all came that were wanted.
      for (const { endpointId, most } of [...wishes, ...inOrder]) if (hasFailed || counts.get(endpointId) === most) this.#dueAt(endpointId, now);
    }
  }

  async #beatLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#o.sleep(BEAT_MS, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      try {
        await this.#beat();
        while (await rows.reap(this.#o.db)) this.#bell.ring();
        this.due(await this.#lost.look(this.#holder, this.#o.monotonicMs()));
        this.#o.sender.dropIdle();
        this.#giveBackSurplus();
        this.#forgetLanes();
      } catch (error) {
        this.#o.logger.warn({ err: error }, 'the database does not answer; deliveries begin again when it does');
      }
    }
  }

  async #beat(): Promise<void> {
    const sentAtMs = this.#o.monotonicMs();
    const alive = await rows.beat(this.#o.db, this.#holder, ALIVE_MS);
    const nowMs = this.#o.monotonicMs();
    this.#offsetMs = alive.nowMs - (sentAtMs + nowMs) / 2;
    this.#dispatchers = alive.dispatchers;
    if (!alive.isKnown) await this.#beginAnew();
    // Shorter than what the database believes, so that it ends here first.
    this.#leaseEndsAtMs = sentAtMs + ALIVE_MS - BEAT_MS;
  }

  /** It stood still for so long that others have, or will have, what it had: all of that is dropped here. */
  async #beginAnew(): Promise<void> {
    this.#leaseEndsAtMs = 0;
    this.#o.logger.warn({}, 'this process was taken for dead: its deliveries are others\' now');
    for (const { lane } of this.#lanes.values()) for (const lease of lane.empty()) this.#forget(lease);
    this.#endings.forget();
    this.#batches.clear();
    this.#holder = this.#o.makeId();
    await rows.register(this.#o.db, this.#holder, ALIVE_MS);
  }

  /** What an endpoint that has become slow does not take soon waits where any process may have it, and leaves its room to others. */
  #giveBackSurplus(): void {
    const now = this.#o.monotonicMs();
    for (const { lane } of this.#lanes.values()) {
      const known = this.#o.registry.get(lane.endpointId);
      if (known === undefined) continue;
      for (const lease of lane.surplus(this.#limitsOf(known.endpoint), now)) this.#end(lease, { state: 'ready', attempt: lease.attempt, waitMs: 0, made: null });
    }
  }

  #forgetLanes(): void {
    const beforeMs = this.#o.monotonicMs() - FORGET_MS;
    for (const [id, { lane, usedAtMs, wake }] of this.#lanes) {
      if (!lane.isIdle || (usedAtMs > beforeMs && this.#o.registry.get(id) !== undefined)) continue;
      clearTimeout(wake);
      this.#lanes.delete(id);
    }
  }
}
