/**
 * One comparison of both sides, by batches, without a lock while the fulfilling side is asked.
 *
 * 1. Requests whose outcome has not come are looked up: an outcome is applied, a request that nobody knows is sent again
 *    under its key, and one that is under way is looked up later, each time after twice the time.
 * 2. What was settled here is acknowledged.
 * 3. What the fulfilling side has settled and was not acknowledged is applied, if it is new here, and acknowledged.
 *
 * Promise: every step may be repeated, also by two processes at once, for changes of state are decided under the lock of
 * their order; each mended difference is told once, by FulfillmentHealed, and counted in the same transaction. What does not
 * belong to this service's orders is written to the ledger and acknowledged, so that it stands in nobody's way.
 * Refuses: to run without end. What is left after its bound is for the next run, which is due at once.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { triggerOf } from '@commerce/event-log/event';
import { Refused } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import { MAX_SUBJECTS } from '@commerce/event-log/change';
import type { Decided, Input, Settled } from '@commerce/event-log/change';
import { isTooLarge, isUnusable, NOT_WANTED, sendRequest } from './fulfiller.ts';
import type { Fulfiller, RequestedOrder } from './fulfiller.ts';
import { isSettled } from './outcome.ts';
import type { Fulfillment } from './outcome.ts';
import { acknowledgeAgain, applyFound, refuseAgain } from './request.ts';
import type { FulfillmentRequest } from './request.ts';

export type Difference = 'outcome_missed' | 'request_lost';

export interface OpenRequest {
  readonly orderId: string;
  readonly fulfillmentId: string;
}

export interface Outstanding extends OpenRequest {
  readonly version: number;
}

/** What a run reads and writes outside of the changes of state; reconciliation.pg.ts. */
export interface ReconciliationStore {
  /** Requests without an outcome whose time to be looked up has come, oldest first; the first time `patienceMs` after the acknowledgement. */
  dueRequests(limit: number, patienceMs: number): Promise<OpenRequest[]>;
  /** Those that have no outcome yet are looked up again: after `firstMs`, doubled with each time up to `maxMs`. */
  putOff(orderIds: readonly string[], firstMs: number, maxMs: number): Promise<void>;
  /** Outcomes that were not acknowledged. */
  unacknowledged(limit: number): Promise<Outstanding[]>;
  acknowledged(items: readonly Outstanding[]): Promise<void>;
  /** Which fulfillment each order has here, and up to which version it is known. */
  known(orderIds: readonly string[]): Promise<ReadonlyMap<string, Outstanding>>;
  /** The event because of which each order was requested. */
  causes(orderIds: readonly string[]): Promise<ReadonlyMap<string, StoredEvent>>;
  orders(orderIds: readonly string[]): Promise<ReadonlyMap<string, RequestedOrder>>;
}

export interface Comparison {
  readonly store: ReconciliationStore;
  readonly fulfiller: Fulfiller;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  /** Decides and writes, with the count of what was healed. */
  readonly change: (inputs: readonly Input<FulfillmentRequest>[]) => Promise<readonly Settled<FulfillmentRequest>[]>;
  /** Idempotency key of the request that an event has caused. */
  readonly keyOf: (cause: StoredEvent) => string;
  readonly nowMs: () => number;
  /** A new UUID, for orders that this service does not know. */
  readonly uuid: () => string;
  /** Called with what cannot be decided; it is met again in the next run. */
  readonly onUndecided: (orderId: string, error: unknown) => void;
  /** How long an outcome may be on its way before it is looked for, in ms; also the first wait of what is under way. */
  readonly patienceMs: number;
  /** Aborted when this process may not go on. */
  readonly signal: AbortSignal;
}

/** Items in one call. */
const BATCH = 500;
/** Items in one call after one of more had an answer that cannot be used. */
const CAREFUL_BATCH = 25;
/** Items in one page of the other side's list. */
const PAGE = 200;
/** Batches of each of the three steps in one run. */
const MAX_BATCHES = 40;
const MAX_PUT_OFF_MS = 3_600_000;
const HANDLER = 'reconciliation';

/**
 * Compares once. Resolves with true when its bound was reached and more is left. A step that fails keeps none of the others
 * from being made; the first failure is thrown in the end.
 */
export async function compare(comparison: Comparison): Promise<boolean> {
  const failures: unknown[] = [];
  let more = false;
  for (const batch of [() => lookUp(comparison), () => acknowledgeSettled(comparison), pages(comparison)]) {
    try {
      more = (await repeat(comparison, batch)) || more;
    } catch (error) {
      comparison.signal.throwIfAborted();
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return more;
}

/** Runs batches until one says that it was the last. True when the bound ended it. */
async function repeat({ signal }: Comparison, batch: () => Promise<boolean>): Promise<boolean> {
  for (let count = 0; count < MAX_BATCHES; count += 1) {
    signal.throwIfAborted();
    if (!(await batch())) return false;
  }
  return true;
}

/** Step 1, one batch. True when there may be more. */
async function lookUp(comparison: Comparison): Promise<boolean> {
  const { store, patienceMs } = comparison;
  const requests = await store.dueRequests(BATCH, patienceMs);
  if (requests.length === 0) return false;
  const orderIds = requests.map(({ orderId }) => orderId);
  const items = await ask(comparison, orderIds);
  const found = new Map(items.map(({ orderId, fulfillments }) => [orderId, fulfillments]));
  const lost: string[] = [];
  const settled: Decision[] = [];
  for (const { orderId, fulfillmentId } of requests) {
    const fulfillments = found.get(orderId);
    const fulfillment = fulfillments?.find((one) => one.fulfillmentId === fulfillmentId);
    if (fulfillment === undefined && fulfillments !== undefined) lost.push(orderId);
    if (fulfillment !== undefined && isSettled(fulfillment)) settled.push({ orderId, decide: (state) => applyFound(state, fulfillment) });
  }
  await decide(comparison, settled);
  if (lost.length > 0) await requestAgain(comparison, lost);
  await store.putOff([...found.keys()], patienceMs, MAX_PUT_OFF_MS);
  return requests.length === BATCH;
}

type Items = Awaited<ReturnType<Fulfiller['lookup']>>['items'];

/**
 * Looks up all of them, in as many calls as the answers need. One order of which no answer can be used is put off alone and at
 * once, so that it keeps none of the others from being looked up, now or in the next run.
 */
async function ask(comparison: Comparison, orderIds: readonly string[]): Promise<Items> {
  const { store, fulfiller, patienceMs, onUndecided, signal } = comparison;
  try {
    return (await fulfiller.lookup(orderIds, { signal })).items;
  } catch (error) {
    const [first = '', ...others] = orderIds;
    if (isTooLarge(error) && others.length > 0) return askApart(comparison, orderIds, Math.ceil(orderIds.length / 2));
    if (!isUnusable(error)) throw error;
    // Two steps and no halves: as many unusable answers in a row would open the circuit.
    if (others.length > 0) return askApart(comparison, orderIds, orderIds.length > CAREFUL_BATCH ? CAREFUL_BATCH : 1);
    await store.putOff([first], patienceMs, MAX_PUT_OFF_MS);
    onUndecided(first, error);
    return [];
  }
}

async function askApart(comparison: Comparison, orderIds: readonly string[], size: number): Promise<Items> {
  const items: Items[] = [];
  for (let first = 0; first < orderIds.length; first += size) items.push(await ask(comparison, orderIds.slice(first, first + size)));
  return items.flat();
}

/** The calls are made at once: the client brings them together. One that has no answer now is made again when the request is looked up next. */
async function requestAgain(comparison: Comparison, orderIds: readonly string[]): Promise<void> {
  const { store, keyOf, onUndecided, signal } = comparison;
  const [causes, orders] = await Promise.all([store.causes(orderIds), store.orders(orderIds)]);
  const answers = await Promise.all(orderIds.map(async (orderId): Promise<Decision[]> => {
    const event = causes.get(orderId);
    const order = orders.get(orderId);
    // A disputed one is requested again when it may be.
    if (event === undefined || order === undefined || (order.isHeld && !order.isEnding)) return [];
    try {
      if (order.isEnding) throw new Refused(NOT_WANTED.code, NOT_WANTED.message ?? '');
      const answer = await sendRequest(comparison, order, event, keyOf(event), signal);
      return [{ orderId, decide: (state) => acknowledgeAgain(state, answer) }];
    } catch (error) {
      if (error instanceof Refused) return [{ orderId, decide: (state) => refuseAgain(state, error) }];
      onUndecided(orderId, error);
      return [];
    }
  }));
  signal.throwIfAborted();
  await decide(comparison, answers.flat());
}

/** Step 2, one batch. True when there may be more. */
async function acknowledgeSettled({ store, fulfiller, signal }: Comparison): Promise<boolean> {
  const items = await store.unacknowledged(BATCH);
  if (items.length > 0) await acknowledge(store, fulfiller, items, signal);
  return items.length === BATCH;
}

/** Whatever the answer to an item is, there is nothing to acknowledge any more: taken, not known there, or behind what was told. */
async function acknowledge(store: ReconciliationStore, fulfiller: Fulfiller, items: readonly Outstanding[], signal: AbortSignal): Promise<void> {
  await fulfiller.acknowledge(items.map(({ fulfillmentId, version }) => ({ fulfillmentId, version })), { signal });
  await store.acknowledged(items);
}

/** Step 3, page by page. Each call takes one page; false after the last one. */
function pages(comparison: Comparison): () => Promise<boolean> {
  const { store, fulfiller, nowMs, patienceMs, signal } = comparison;
  const settledBefore = new Date(nowMs() - patienceMs).toISOString();
  let cursor: string | undefined;
  let limit = PAGE;

  async function page(): Promise<Awaited<ReturnType<Fulfiller['list']>>> {
    try {
      return await fulfiller.list({ acknowledged: false, settledBefore, limit, cursor }, { signal });
    } catch (error) {
      if (!isTooLarge(error) || limit === 1) throw error;
      limit = Math.ceil(limit / 2);
      return page();
    }
  }

  return async () => {
    const { items, nextCursor } = await page();
    const known = await store.known(items.map(({ orderId }) => orderId));
    const isNew = ({ orderId, fulfillmentId, version }: Fulfillment): boolean => {
      const here = known.get(orderId);
      return here === undefined || here.fulfillmentId !== fulfillmentId || here.version < version;
    };
    const decisions = new Map(items.filter(isNew).map((item): [Fulfillment, Decision] => [item, { orderId: item.orderId, decide: (state) => applyFound(state, item) }]));
    const outcomes = await decide(comparison, [...decisions.values()]);
    const settled = items.filter((item) => {
      const decision = decisions.get(item);
      return decision === undefined || isKnown(outcomes.get(decision), item.version);
    });
    if (settled.length > 0) await acknowledge(store, fulfiller, settled, signal);
    if (nextCursor === cursor) throw new Error('The list of the fulfilling side goes round in a circle.');
    cursor = nextCursor ?? undefined;
    return cursor !== undefined;
  };
}

/** It was applied up to this version, or does not concern this service: nothing is left to be done with it. */
function isKnown(outcome: Decided<FulfillmentRequest> | undefined, version: number): boolean {
  return outcome?.kind === 'stale' || (outcome?.kind === 'apply' && outcome.state.toldVersion >= version);
}

interface Decision {
  readonly orderId: string;
  readonly decide: (state: FulfillmentRequest | undefined) => Outcome<FulfillmentRequest>;
}

/** Decides all, by transactions of a bounded size, and gives what became of each. */
async function decide({ store, change, onUndecided, uuid }: Comparison, decisions: readonly Decision[]): Promise<ReadonlyMap<Decision, Decided<FulfillmentRequest>>> {
  if (decisions.length === 0) return new Map();
  const causes = await store.causes(decisions.map(({ orderId }) => orderId));
  const inputs = new Map(decisions.map((decision): [Input<FulfillmentRequest>, Decision] => {
    const event = causes.get(decision.orderId);
    const trigger = event === undefined ? { correlationId: uuid(), causationId: null, metadata: {} } : triggerOf(event);
    return [{ subject: decision.orderId, handler: HANDLER, trigger, decide: decision.decide }, decision];
  }));
  const outcomes = new Map<Decision, Decided<FulfillmentRequest>>();
  const all = [...inputs.keys()];
  for (let first = 0; first < all.length; first += MAX_SUBJECTS) {
    for (const { input, outcome } of await change(all.slice(first, first + MAX_SUBJECTS))) {
      if (outcome.kind === 'failed') onUndecided(input.subject, outcome.error);
      outcomes.set(inputs.get(input) as Decision, outcome);
    }
  }
  return outcomes;
}

/** How many differences these decisions have mended. */
export function countOf(settled: readonly Settled<FulfillmentRequest>[]): Record<Difference, number> {
  const count = { outcome_missed: 0, request_lost: 0 };
  for (const { outcome } of settled) {
    if (outcome.kind !== 'apply') continue;
    for (const { type, data } of outcome.events) if (type === 'FulfillmentHealed') count[(data as { readonly difference: Difference }).difference] += 1;
  }
  return count;
}
