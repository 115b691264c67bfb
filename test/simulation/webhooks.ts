/**
 * The delivery of webhooks: what the real fan-out has planned, the real lane of each endpoint and the real decision on what follows an
 * attempt, over rows in memory and receivers that fail, hang, answer 429 and 410, or take a webhook whose answer is lost. What is to be
 * planned is worked out here once more, from the log, from the contract, and from what each endpoint wants in words of its own.
 */
import { afterAttempt, isGone, isOverloaded } from '@commerce/commerce-coordinator/webhook-delivery/retry';
import { Lane } from '@commerce/commerce-coordinator/webhook-delivery/lane';
import type { Attempt, Lease } from '@commerce/commerce-coordinator/webhook-delivery/lease';
import type { Known } from '@commerce/commerce-coordinator/webhook-delivery/registry';
import { CATALOGUE } from '@commerce/commerce-coordinator/saga-model/world';
import { backoffMs } from '@commerce/event-log/backoff';
import type { StoredEvent } from '@commerce/event-log/event';
import { isWanted } from '@commerce/commerce-coordinator/webhook-names';
import { compilePattern } from '@commerce/events/pattern';
import type { WebhookBody } from '@commerce/events/webhook-message';
import type { Planned } from '@commerce/commerce-coordinator/webhook-fan-out';
import { CARRIED } from './carried.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';
import type { Due } from './timely.ts';

/** A webhook came to its receiver. */
interface Coming {
  readonly body: Buffer;
  readonly sentBy: Process;
  /** With so many attempts before it. */
  readonly attempt: number;
  isAnswerLost: boolean;
  /** It is written that it was delivered. */
  isWritten: boolean;
}

interface Row {
  readonly lease: Omit<Lease, 'attempt' | 'batch' | 'claims'>;
  attempt: number;
  /** Times that it was leased: each is a lease of its own. */
  claims: number;
  state: 'ready' | 'leased' | 'delivered' | 'dead' | 'held';
  dueAtMs: number;
  /** Who has it in hand. */
  holder: Process | undefined;
  /** What the receiver has, in its order. */
  readonly comings: Coming[];
}

const TIMEOUT_MS = 5_000;
/** A dispatcher that is gone has its deliveries given back after so long. */
const GIVEN_BACK_MS = 15_000;
/** What was leased by a statement whose answer was lost is given back by the second look. */
const LOST_LEASE_MS = 30_000;
const WRITE_MS = 8;
/** What a receiver that is busy asks to wait: shorter than the patience for it, and longer. */
const BUSY_MS = [1_000, 3_000] as const;
/** After a fault of the database. */
const AGAIN_MS = { claim: 1_000, write: { baseMs: 50, maxMs: 2_000 } } as const;
/** Leases that a process has for all of its endpoints. */
const MOST_LEASES = 16_384;
/** An endpoint that asks to wait for longer has what is queued given back. */
const PATIENCE_MS = 2_000;

/** It is told of everything. */
const SHOP = endpoint('shop', { events: ['order.*', 'payment.*'], filter: null, retryAttempts: 40, retryDelayMs: 1_000 });
/** It wants to know of payments, and of what opens and closes an order, by names of every kind; and of every second order. */
const LEDGER = endpoint('ledger', {
  events: ['payment.*', 'order.created', 'OrderCompleted', 'ORDER_CANCELLED'], filter: { data: { orderId: ['1', '3', '5', '7', '9'].map((suffix) => ({ suffix })) } }, retryAttempts: 5, retryDelayMs: 2_000,
});
const ENDPOINTS = [SHOP, LEDGER];

function endpoint(endpointId: string, given: Pick<Known['endpoint'], 'events' | 'filter' | 'retryAttempts' | 'retryDelayMs'>): Known {
  const at = new Date(0);
  return {
    filter: given.filter === null ? undefined : compilePattern(given.filter),
    endpoint: {
      endpointId, owner: endpointId, url: `https://${endpointId}.example/hooks`, ...given, timeoutMs: TIMEOUT_MS, rateLimit: null, maxInFlight: 4, ordered: false,
      description: null, secrets: Buffer.alloc(0), status: 'enabled', disabledReason: null, disabledAt: null, noticedAt: null, createdAt: at, updatedAt: at,
    },
  };
}

/** Types that are told outside, and of which a webhook has a name that begins so. */
const typesOf = (...beginnings: readonly string[]): ReadonlySet<string> => new Set(
  CATALOGUE.entries.filter(({ type, webhook, otherNames = [] }) => CARRIED.cc.has(type) && [webhook, ...otherNames].some((name) => beginnings.some((beginning) => name.startsWith(beginning)))).map(({ type }) => type),
);
const TOLD_TO_SHOP = typesOf('order.', 'payment.');
const TOLD_TO_LEDGER: ReadonlySet<string> = new Set([...typesOf('payment.'), 'OrderCreated', 'OrderCompleted', 'OrderCancelled']);

/** Who is to be told of an event, in other words than those that the endpoints are registered with. */
function toldTo({ type, data }: Pick<StoredEvent, 'type' | 'data'>): string[] {
  const { orderId } = data as { readonly orderId?: string };
  const isOdd = orderId !== undefined && Number.parseInt(orderId.slice(-1), 10) % 2 === 1;
  return [...(TOLD_TO_SHOP.has(type) ? ['shop'] : []), ...(TOLD_TO_LEDGER.has(type) && isOdd ? ['ledger'] : [])];
}

export class Webhooks {
  readonly rows: Row[] = [];
  readonly #kernel: Kernel;
  readonly #disabled = new Set<string>();
  readonly #onFault: (text: string) => void;
  readonly #known = new Set<string>();
  readonly #byId = new Map<string, Row>();
  #process: Process | undefined;
  #lanes = new Map<string, Lane>();
  #ids = 0;
  /** No claim before: the last one failed. */
  #claimsAtMs = 0;

  constructor(kernel: Kernel, onFault: (text: string) => void) {
    this.#kernel = kernel;
    this.#onFault = onFault;
  }

  /** Who wants what, as the fan-out asks for it. */
  readonly registry = {
    wantsOrders: true,
    isWanted: (name: string): boolean => ENDPOINTS.some(({ endpoint: { events } }) => events.some((wanted) => isWanted(wanted, name))),
    wanting: (name: string, body: WebhookBody): readonly Known[] => ENDPOINTS.filter(({ endpoint: { events }, filter }) => events.some((wanted) => isWanted(wanted, name)) && filter?.matches(body) !== false),
  };

  /** Written with the cursor of the fan-out: rows that exist stay as they are. */
  keep(planned: readonly Planned[]): void {
    for (const { eventId, name, body, to, traceparent } of planned) {
      for (const { endpoint: { endpointId } } of to) {
        if (this.#known.has(`${endpointId} ${eventId}`)) continue;
        this.#known.add(`${endpointId} ${eventId}`);
        const deliveryId = `d${(this.#ids += 1)}`;
        const row: Row = {
          lease: { deliveryId, endpointId, eventId, name, attemptsBefore: 0, replayId: null, body: Buffer.from(body), traceparent }, attempt: 0, claims: 0,
          state: this.#disabled.has(endpointId) ? 'held' : 'ready', dueAtMs: this.#kernel.nowMs, holder: undefined, comings: [],
        };
        this.rows.push(row);
        this.#byId.set(deliveryId, row);
      }
    }
  }

  /** A process begins to deliver; what another one had in hand is given back when it is seen to be gone. */
  start(process: Process): void {
    this.#process = process;
    this.#lanes = new Map(ENDPOINTS.map(({ endpoint: { endpointId } }) => [endpointId, new Lane(endpointId)]));
    this.#claimsAtMs = 0;
    this.#kernel.after(GIVEN_BACK_MS, '', () => {
      for (const row of this.rows) if (row.state === 'leased' && row.holder?.isAlive === false) Object.assign(row, { state: 'ready', attempt: row.attempt + 1, dueAtMs: this.#kernel.nowMs });
    });
  }

  /** Begins what may begin; to be called after each step. */
  wake(): void {
    const process = this.#process;
    if (process?.isAlive !== true) return;
    this.#claim(process);
    if (!process.isAlive) return;
    for (const { endpoint: one } of ENDPOINTS) {
      const lane = this.#lanes.get(one.endpointId);
      for (const lease of lane?.surplus(one, this.#kernel.nowMs) ?? []) this.#giveBack(process, lease);
      for (let lease = lane?.next(one, 8, this.#kernel.nowMs); lease !== undefined; lease = lane?.next(one, 8, this.#kernel.nowMs)) void this.#attempt(process, one, lease);
    }
  }

  /** What is due is leased, by one statement: for each endpoint as much as its lane has room for. */
  #claim(process: Process): void {
    const kernel = this.#kernel;
    const now = kernel.nowMs;
    const free = Math.max(1, (MOST_LEASES - this.rows.filter(({ state, holder }) => state === 'leased' && holder === process).length) >> 1);
    const due = ENDPOINTS.flatMap(({ endpoint: one }) => {
      const ready = this.rows.filter(({ state, dueAtMs, lease: { endpointId } }) => endpointId === one.endpointId && state === 'ready' && dueAtMs <= now);
      return ready.slice(0, this.#lanes.get(one.endpointId)?.room(one, free, now) ?? 0);
    });
    if (due.length === 0 || now < this.#claimsAtMs || kernel.isClogged('cc.db')) return;
    if (kernel.fault('cc.db.refused')) return this.#claimAgain();
    for (const row of due) Object.assign(row, { state: 'leased', holder: process, claims: row.claims + 1 });
    if (kernel.fault('cc.db.unknown')) {
      this.#findLost(process, due);
      return this.#claimAgain();
    }
    const batch = { batchId: kernel.uuid(), left: due.length };
    for (const { lease, attempt, claims } of due) this.#lanes.get(lease.endpointId)?.put({ ...lease, attempt, claims, batch });
    process.dies('cc.webhook_leased');
  }

  /** What an endpoint does not take soon, or not before a time that it names, waits where any process may have it. */
  #giveBack(process: Process, lease: Lease, waitMs = 0): void {
    const row = this.#byId.get(lease.deliveryId);
    if (row !== undefined) void this.#write(process, row, lease, { state: 'ready', attempt: lease.attempt, waitMs });
  }

  /** As the dispatcher does: for a short while what is queued stays. */
  #pause(process: Process, lane: Lane, ms: number): void {
    const queued = lane.pauseUntil(this.#kernel.nowMs + ms);
    if (ms <= PATIENCE_MS) for (const lease of queued) lane.put(lease);
    else for (const lease of queued) this.#giveBack(process, lease, ms);
    this.#kernel.after(ms, '', () => undefined);
  }

  #claimAgain(): void {
    this.#claimsAtMs = this.#kernel.nowMs + AGAIN_MS.claim;
    this.#kernel.after(AGAIN_MS.claim, '', () => undefined);
  }

  /** Leased to a process that has never heard of it: given back as it was. */
  #findLost(process: Process, rows: readonly Row[]): void {
    this.#kernel.after(LOST_LEASE_MS, '', () => {
      if (process.isAlive) for (const row of rows) if (row.state === 'leased' && row.holder === process) Object.assign(row, { state: 'ready', dueAtMs: this.#kernel.nowMs });
    });
  }

  async #attempt(process: Process, one: Known['endpoint'], lease: Lease): Promise<void> {
    const kernel = this.#kernel;
    const row = this.#byId.get(lease.deliveryId);
    const lane = this.#lanes.get(one.endpointId);
    if (row === undefined || lane === undefined) return;
    const attempt = await process.live(this.#send(row, process));
    if (attempt.status === 200 && process.dies('cc.webhook_answered')) return;
    const next = afterAttempt(one, lease, attempt, kernel.random);
    if (next.state === 'delivered') lane.succeeded(attempt.durationMs);
    else lane.failed(one, isOverloaded(attempt));
    if (isGone(attempt)) this.#disable(one.endpointId);
    if (attempt.retryAfterMs !== null && next.state !== 'delivered' && isOverloaded(attempt)) this.#pause(process, lane, attempt.retryAfterMs);
    await this.#write(process, row, lease, next);
  }

  /** Writes what became of an attempt, until that is known to be written. Who does not hold the lease any more writes nothing. */
  async #write(process: Process, row: Row, { endpointId, attempt, claims }: Lease, next: ReturnType<typeof afterAttempt>): Promise<void> {
    const kernel = this.#kernel;
    for (let tries = 1; ; tries += 1) {
      await process.sleep(WRITE_MS);
      const isRefused = kernel.isClogged('cc.db') || kernel.fault('cc.db.refused');
      if (!isRefused && row.state === 'leased' && row.holder === process && row.attempt === attempt && row.claims === claims) {
        Object.assign(row, { state: next.state === 'ready' && this.#disabled.has(endpointId) ? 'held' : next.state, attempt: next.attempt, dueAtMs: kernel.nowMs + next.waitMs });
        for (const coming of row.comings) coming.isWritten ||= next.state === 'delivered' && coming.attempt === attempt && coming.sentBy === process;
        if (next.state === 'ready') kernel.after(next.waitMs, '', () => undefined);
      }
      if (!isRefused && !kernel.fault('cc.db.unknown')) return;
      await process.sleep(backoffMs(AGAIN_MS.write, tries, kernel.random) + 10);
    }
  }

  /** One attempt, and what the receiver makes of it. */
  async #send(row: Row, sentBy: Process): Promise<Attempt> {
    const kernel = this.#kernel;
    const { lease: { name, endpointId, body, deliveryId } } = row;
    const began = kernel.nowMs;
    const made = (status: number | null, error: string | null, retryAfterMs: number | null = null): Attempt => ({ status, answer: null, error, durationMs: kernel.nowMs - began, retryAfterMs });
    await kernel.sleep(kernel.between(2, 40));
    if (kernel.isClogged('receiver') || kernel.fault('receiver.hang')) {
      await kernel.sleep(TIMEOUT_MS);
      return made(null, 'timeout');
    }
    if (endpointId === 'ledger' && kernel.fault('receiver.gone')) return made(410, null);
    if (kernel.fault('receiver.error')) return made(500, null);
    if (kernel.fault('receiver.busy')) return made(429, null, kernel.pick(BUSY_MS));
    kernel.note(`${endpointId} takes ${name} ${deliveryId}`);
    const coming: Coming = { body, sentBy, attempt: row.attempt, isAnswerLost: false, isWritten: false };
    this.#judge(row, coming);
    row.comings.push(coming);
    if (kernel.fault('receiver.answer_lost')) {
      coming.isAnswerLost = true;
      await kernel.sleep(TIMEOUT_MS);
      return made(null, 'timeout');
    }
    await kernel.sleep(kernel.between(1, 20));
    return made(200, null);
  }

  /** It may come once more only when nobody knows that it came: its answer was lost, or who had sent it died before that was written. */
  #judge({ comings, lease: { deliveryId, name } }: Row, { body }: Coming): void {
    const known = comings.findIndex((coming) => !isExcused(coming));
    if (known !== -1) this.#onFault(`webhook: ${name} ${deliveryId} comes again, and nothing was lost of the time before (${known + 1} of ${comings.length})`);
    if (comings.some((coming) => !coming.body.equals(body))) this.#onFault(`webhook: ${name} ${deliveryId} came with other bytes`);
  }

  #disable(endpointId: string): void {
    this.#disabled.add(endpointId);
    for (const row of this.rows) if (row.lease.endpointId === endpointId && row.state === 'ready') row.state = 'held';
  }

  /** Every one that is wanted is there; each is delivered, dead after all of its attempts, or held for an endpoint that is gone. `events`: of the log. */
  checkEnd(events: readonly StoredEvent[]): void {
    this.#checkPlanned(events);
    for (const { state, attempt, comings, lease: { name, deliveryId, endpointId } } of this.rows) {
      const isOver = state === 'delivered' || (state === 'held' && this.#disabled.has(endpointId)) || state === 'dead';
      if (!isOver) this.#onFault(`webhook: ${name} ${deliveryId} for ${endpointId} is ${state} after ${attempt} attempts`);
      if (state === 'delivered' && comings.length === 0) this.#onFault(`webhook: ${name} ${deliveryId} is called delivered, and never came`);
      if (state === 'dead' && !this.#disabled.has(endpointId) && attempt < (endpointId === 'shop' ? SHOP : LEDGER).endpoint.retryAttempts) this.#onFault(`webhook: ${name} ${deliveryId} was given up after ${attempt} attempts`);
    }
  }

  /** For each event that an endpoint wants there is one delivery, and for no other. */
  #checkPlanned(events: readonly StoredEvent[]): void {
    const wanted = new Set(events.flatMap((event) => toldTo(event).map((endpointId) => `${endpointId} ${event.eventId}`)));
    const typeOf = (pair: string): string => events.find(({ eventId }) => pair.endsWith(eventId))?.type ?? 'an event that the log does not have';
    for (const pair of wanted) if (!this.#known.has(pair)) this.#onFault(`webhook: for ${pair.split(' ')[0]} nothing is planned of ${typeOf(pair)}`);
    for (const pair of this.#known) if (!wanted.has(pair)) this.#onFault(`webhook: for ${pair.split(' ')[0]} something is planned of ${typeOf(pair)}, which it does not want`);
  }

  /** What waits to be leased, or for the end of its attempt. */
  *due(): Iterable<Due> {
    for (const { state, dueAtMs, attempt, lease: { deliveryId, endpointId, name } } of this.rows) {
      if (state === 'leased' || (state === 'ready' && dueAtMs <= this.#kernel.nowMs)) yield { what: `the webhook ${name} ${deliveryId} for ${endpointId}, ${state} after ${attempt} attempts,` };
    }
  }

  get isDone(): boolean {
    return this.rows.every(({ state }) => state !== 'ready' && state !== 'leased');
  }

  /** Times that one came beyond its first, and how many may have. */
  get repeated(): { readonly seen: number; readonly bound: number } {
    const sum = (of: (row: Row) => number): number => this.rows.reduce((all, row) => all + of(row), 0);
    return { seen: sum(({ comings }) => Math.max(0, comings.length - 1)), bound: sum(({ comings }) => comings.filter(isExcused).length) };
  }
}

function isExcused({ isAnswerLost, isWritten, sentBy }: Coming): boolean {
  return !isWritten && (isAnswerLost || !sentBy.isAlive);
}
