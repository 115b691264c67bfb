/**
 * The delivery of webhooks: what the real fan-out has planned, the real lane of each endpoint and the real decision on what follows an
 * attempt, over rows in memory and receivers that fail, hang, answer 429 and 410, or take a webhook whose answer is lost.
 */
import { afterAttempt, isGone, isOverloaded } from '@commerce/commerce-coordinator/webhook-delivery/retry';
import { Lane } from '@commerce/commerce-coordinator/webhook-delivery/lane';
import type { Attempt, Lease } from '@commerce/commerce-coordinator/webhook-delivery/lease';
import type { Known } from '@commerce/commerce-coordinator/webhook-delivery/registry';
import { isWanted } from '@commerce/commerce-coordinator/webhook-names';
import type { Planned } from '@commerce/commerce-coordinator/webhook-fan-out';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';

interface Row {
  readonly lease: Omit<Lease, 'attempt'>;
  attempt: number;
  state: 'ready' | 'leased' | 'delivered' | 'dead' | 'held';
  dueAtMs: number;
  /** Who has it in hand. */
  holder: Process | undefined;
  /** What the receiver has: bodies, in their order. */
  readonly taken: Buffer[];
  /** Times that it may come once more: an answer that nobody heard, or a process that died with it in hand. */
  excused: number;
}

const TIMEOUT_MS = 5_000;
/** A dispatcher that is gone has its deliveries given back after so long. */
const GIVEN_BACK_MS = 15_000;
const WRITE_MS = 8;

const SHOP = endpoint('shop', { retryAttempts: 40, retryDelayMs: 1_000 });
const LEDGER = endpoint('ledger', { retryAttempts: 5, retryDelayMs: 2_000 });
const ENDPOINTS = [SHOP, LEDGER];

function endpoint(endpointId: string, given: { retryAttempts: number; retryDelayMs: number }): Known {
  const at = new Date(0);
  return {
    filter: undefined,
    endpoint: {
      endpointId, owner: endpointId, url: `https://${endpointId}.example/hooks`, events: ['order.*', 'payment.*'], filter: null, ...given, timeoutMs: TIMEOUT_MS, rateLimit: null, maxInFlight: 4, ordered: false,
      description: null, secrets: Buffer.alloc(0), status: 'enabled', disabledReason: null, disabledAt: null, noticedAt: null, createdAt: at, updatedAt: at,
    },
  };
}

export class Webhooks {
  readonly rows: Row[] = [];
  readonly #kernel: Kernel;
  readonly #disabled = new Set<string>();
  readonly #onFault: (text: string) => void;
  readonly #known = new Set<string>();
  #process: Process | undefined;
  #lanes = new Map<string, Lane>();
  #byLease = new Map<string, Row>();
  #ids = 0;

  constructor(kernel: Kernel, onFault: (text: string) => void) {
    this.#kernel = kernel;
    this.#onFault = onFault;
  }

  /** Who wants what, as the fan-out asks for it. */
  readonly registry = {
    wantsOrders: true,
    isWanted: (name: string): boolean => ENDPOINTS.some(({ endpoint: { events } }) => events.some((wanted) => isWanted(wanted, name))),
    wanting: (name: string): readonly Known[] => ENDPOINTS.filter(({ endpoint: { events } }) => events.some((wanted) => isWanted(wanted, name))),
  };

  /** Written with the cursor of the fan-out: rows that exist stay as they are. */
  keep(planned: readonly Planned[]): void {
    for (const { eventId, name, body, to, traceparent } of planned) {
      for (const { endpoint: { endpointId } } of to) {
        if (this.#known.has(`${endpointId} ${eventId}`)) continue;
        this.#known.add(`${endpointId} ${eventId}`);
        const deliveryId = `d${(this.#ids += 1)}`;
        this.rows.push({
          lease: { deliveryId, endpointId, eventId, name, attemptsBefore: 0, body: Buffer.from(body), traceparent }, attempt: 0,
          state: this.#disabled.has(endpointId) ? 'held' : 'ready', dueAtMs: this.#kernel.nowMs, holder: undefined, taken: [], excused: 0,
        });
      }
    }
  }

  /** A process begins to deliver; what another one had in hand is given back when it is seen to be gone. */
  start(process: Process): void {
    this.#process = process;
    this.#lanes = new Map(ENDPOINTS.map(({ endpoint: { endpointId } }) => [endpointId, new Lane(endpointId)]));
    this.#byLease = new Map();
    this.#kernel.after(GIVEN_BACK_MS, '', () => {
      for (const row of this.rows) if (row.state === 'leased' && row.holder?.isAlive === false) Object.assign(row, { state: 'ready', attempt: row.attempt + 1, dueAtMs: this.#kernel.nowMs, excused: row.excused + 1 });
    });
  }

  /** Begins what may begin; to be called after each step. */
  wake(): void {
    const process = this.#process;
    if (process?.isAlive !== true || this.#kernel.isClogged('cc.db')) return;
    const now = this.#kernel.nowMs;
    for (const row of this.rows) {
      if (row.state !== 'ready' || row.dueAtMs > now) continue;
      row.state = 'leased';
      row.holder = process;
      this.#byLease.set(row.lease.deliveryId, row);
      this.#lanes.get(row.lease.endpointId)?.put({ ...row.lease, attempt: row.attempt });
      if (process.dies('cc.webhook_leased')) return;
    }
    for (const { endpoint: one } of ENDPOINTS) {
      const lane = this.#lanes.get(one.endpointId);
      for (let lease = lane?.next(one, 8, now); lease !== undefined; lease = lane?.next(one, 8, now)) void this.#attempt(process, one, lease);
    }
  }

  /** When the next one is due; undefined when none is. */
  get nextDueAtMs(): number | undefined {
    const due = this.rows.filter(({ state }) => state === 'ready').map(({ dueAtMs }) => dueAtMs);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async #attempt(process: Process, one: Known['endpoint'], lease: Lease): Promise<void> {
    const kernel = this.#kernel;
    const row = this.#byLease.get(lease.deliveryId);
    const lane = this.#lanes.get(one.endpointId);
    if (row === undefined || lane === undefined) return;
    const attempt = await process.live(this.#send(row));
    if (attempt.status === 200 && process.dies('cc.webhook_answered')) return;
    const next = afterAttempt(one, lease, attempt, kernel.random);
    if (next.state === 'delivered') lane.succeeded(attempt.durationMs);
    else lane.failed(one, isOverloaded(attempt));
    if (isGone(attempt)) this.#disable(one.endpointId);
    await process.sleep(WRITE_MS);
    while (kernel.isClogged('cc.db')) await process.live(kernel.free('cc.db'));
    this.#byLease.delete(lease.deliveryId);
    Object.assign(row, { state: next.state === 'ready' && this.#disabled.has(one.endpointId) ? 'held' : next.state, attempt: next.attempt, dueAtMs: kernel.nowMs + next.waitMs });
    if (next.state === 'ready') kernel.after(next.waitMs, '', () => undefined);
  }

  /** One attempt, and what the receiver makes of it. */
  async #send(row: Row): Promise<Attempt> {
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
    if (kernel.fault('receiver.busy')) return made(429, null, 3_000);
    kernel.note(`${endpointId} takes ${name} ${deliveryId}`);
    row.taken.push(body);
    this.#judge(row);
    if (kernel.fault('receiver.answer_lost')) {
      row.excused += 1;
      await kernel.sleep(TIMEOUT_MS);
      return made(null, 'timeout');
    }
    await kernel.sleep(kernel.between(1, 20));
    return made(200, null);
  }

  #judge({ taken, excused, lease: { deliveryId, name } }: Row): void {
    if (taken.length > 1 + excused) this.#onFault(`webhook: ${name} ${deliveryId} came ${taken.length} times, ${1 + excused} at most are excused`);
    if (taken.some((body) => !body.equals(taken[0] as Buffer))) this.#onFault(`webhook: ${name} ${deliveryId} came with other bytes`);
  }

  #disable(endpointId: string): void {
    this.#disabled.add(endpointId);
    for (const row of this.rows) if (row.lease.endpointId === endpointId && row.state === 'ready') row.state = 'held';
  }

  /** Every one is delivered, dead after all of its attempts, or held for an endpoint that is gone. */
  checkEnd(): void {
    for (const { state, attempt, taken, lease: { name, deliveryId, endpointId } } of this.rows) {
      const isOver = state === 'delivered' || (state === 'held' && this.#disabled.has(endpointId)) || state === 'dead';
      if (!isOver) this.#onFault(`webhook: ${name} ${deliveryId} for ${endpointId} is ${state} after ${attempt} attempts`);
      if (state === 'delivered' && taken.length === 0) this.#onFault(`webhook: ${name} ${deliveryId} is called delivered, and never came`);
      if (state === 'dead' && !this.#disabled.has(endpointId) && attempt < (endpointId === 'shop' ? SHOP : LEDGER).endpoint.retryAttempts) this.#onFault(`webhook: ${name} ${deliveryId} was given up after ${attempt} attempts`);
    }
  }

  get isDone(): boolean {
    return this.rows.every(({ state }) => state !== 'ready' && state !== 'leased');
  }

  /** Times that one came beyond its first, and how many were excused. */
  get repeated(): { readonly seen: number; readonly bound: number } {
    return { seen: this.rows.reduce((sum, { taken }) => sum + Math.max(0, taken.length - 1), 0), bound: this.rows.reduce((sum, { excused }) => sum + excused, 0) };
  }
}
