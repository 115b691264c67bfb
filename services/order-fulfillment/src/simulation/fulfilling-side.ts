/**
 * Order Fulfillment in one piece, in memory: its extension, its taking of requests, its wishes and callbacks as they are, over rows in
 * memory (fulfillment-rows.ts) and a log in memory. The front says in HTTP what the routes say; no server runs.
 *
 * What a process has in memory is lost with `die`: requests that it works on, and its open transaction.
 */
import type { Input } from '@commerce/event-log/change';
import type { StoredEvent, Trigger } from '@commerce/event-log/event';
import { apply } from '@commerce/event-log/extension';
import { MemoryLog } from '@commerce/event-log/memory-log';
import type { MemoryWatcher } from '@commerce/event-log/memory-log';
import { isSystemic } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { Faults } from '@commerce/service-kit/ports';
import { baseProblems, Problem, problemBody, retryAfter } from '@commerce/service-kit/problems';
import { SIGNALS } from '../../signals.config.ts';
import type { ClientRecord } from '../clients/clients.ts';
import type { Rules } from '../fulfillments/arrange.ts';
import { takeCallback } from '../fulfillments/decide.ts';
import { LOG_ENTRIES, SOURCE, UNPUBLISHED_TYPES } from '../fulfillments/events.ts';
import { createFulfillments } from '../fulfillments/extension.ts';
import { isActive, NONE_ACTIVE } from '../fulfillments/fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from '../fulfillments/fulfillment.ts';
import { acknowledgeSchema, batchSchema, cancelSchema, fulfillmentRequestSchema, holdSchema, idempotencyKeySchema, lookupSchema, MAX_BATCH_ITEMS, revokeOrderSchema, revokeSchema } from '../fulfillments/request.ts';
import { subjectOf } from '../fulfillments/subject.ts';
import { createTakeRequest } from '../fulfillments/take-request.ts';
import type { Taken, TakeRequest } from '../fulfillments/take-request.ts';
import { viewOf } from '../fulfillments/view.ts';
import { cancel, hold, isUnderWay, release, revoke, revokeOrder } from '../fulfillments/wishes.ts';
import type { Granted, Refused } from '../fulfillments/wishes.ts';
import { problems } from '../problems.ts';
import { instant } from '../providers/instant.ts';
import { callbackMeaning } from '../providers/lms.ts';
import { createProviders } from '../providers/provider.ts';
import { createWarehouse } from '../providers/warehouse.ts';
import { FulfillmentRows } from './fulfillment-rows.ts';
import { lmsOver } from './lms.ts';
import type { CarryToLms } from './lms.ts';

export { MemoryLms } from './lms.ts';

export interface FulfillingSideOptions {
  readonly nowMs: () => number;
  readonly uuid: () => string;
  readonly random: () => number;
  readonly watcher: MemoryWatcher;
  readonly carryToLms: CarryToLms;
  readonly faults: Faults;
  /** Carries out what a request writes; throws where the database fails before that, or after it. */
  readonly transact: <Result>(write: () => Result) => Result;
  /** A token that counts. */
  readonly isAuthorized: (token: string) => boolean;
  readonly warn: (fields: object, message: string) => void;
}

export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | null;
}

export interface FrontAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly replayed: boolean;
  readonly text: string;
}

/** Skus tell who delivers: `course-…` the LMS, `parcel…` the warehouse, `nobody…` nobody. */
const CLIENT: ClientRecord & { readonly clientId: string } = {
  clientId: 'commerce-coordinator',
  providers: {
    bySku: { 'course-now': 'lms', 'course-later': 'lms', 'course-none': 'lms', 'course-kept': 'lms', parcel: 'warehouse', download: 'instant' }, byKind: {},
  },
};
const PACKING_MS = 2_000;
/** As the server says it. */
const RETRY_AFTER_MS = 2_000;
const CHECKS = { firstMs: 1_000, maxMs: 30_000 };

export class FulfillingSide {
  readonly rows: FulfillmentRows;
  readonly log: MemoryLog;
  readonly #o: FulfillingSideOptions;
  readonly #rules: Rules;
  #take: TakeRequest;

  constructor(options: FulfillingSideOptions) {
    this.#o = options;
    const warehouse = createWarehouse({ packingTimeMs: PACKING_MS, carrier: 'Post', record: () => [] });
    this.#rules = { providers: createProviders([instant, warehouse, lmsOver(options.carryToLms, options.nowMs)]), checks: CHECKS };
    this.rows = new FulfillmentRows(this.#rules.providers);
    const extension = createFulfillments({
      rules: this.#rules, askConcurrency: 16, nowMs: options.nowMs, faults: options.faults, logger: { warn: options.warn } as never,
      // The rows are in memory: the log in memory asks for them by itself.
      store: { load: async () => new Map(), save: async () => undefined },
      findActive: async (clientId, fulfillmentId) => [...this.rows.fulfillments.values()].find((one) => one.clientId === clientId && one.fulfillmentId === fulfillmentId && isActive(one)),
    });
    this.log = new MemoryLog({
      preparer: { catalogue: createCatalogue(LOG_ENTRIES), nowMs: options.nowMs, uuid: options.uuid }, extensions: [extension], map: SIGNALS, tables: this.rows,
      watcher: options.watcher, random: options.random,
    });
    this.#take = this.#taker();
  }

  #taker(): TakeRequest {
    const { uuid, nowMs, faults } = this.#o;
    const clients = { find: (clientId: string) => (clientId === CLIENT.clientId ? CLIENT : undefined) };
    return createTakeRequest({
      log: this.log, clients, providers: this.#rules.providers, uuid, nowMs, faults,
      intake: {
        earlier: async (...asked) => this.rows.earlier(...asked),
        keep: async (row) => this.#o.transact(() => {
          const result = this.rows.keep(row);
          if (result.kind === 'kept') this.log.append(row.events);
          return result;
        }),
      },
    });
  }

  /** The process ends, and begins again. */
  die(): void {
    for (const reader of this.log.readers.values()) reader.die();
    this.#take = this.#taker();
  }

  /** What the publisher puts on the bus. */
  isPublished(event: StoredEvent): boolean {
    return event.origin === 'own' && !UNPUBLISHED_TYPES.has(event.type);
  }

  // The front.

  /** A request has arrived. Never rejects. */
  async answer(request: FrontRequest): Promise<FrontAnswer> {
    try {
      return await this.#route(request);
    } catch (error) {
      const problem = error instanceof Problem ? error : isSystemic(error) ? unavailable(error) : new Problem(baseProblems.internal_error, { cause: error });
      if (problem.status === 500) this.#o.warn({ err: error }, 'a request failed because of a bug');
      return { status: problem.status, contentType: 'application/problem+json', retryAfter: problem.headers['retry-after'], replayed: false, text: JSON.stringify(problemBody(problem, 'request')) };
    }
  }

  async #route({ method, path, headers, body }: FrontRequest): Promise<FrontAnswer> {
    const header = (name: string): string | undefined => headers[headers.findIndex((one, index) => index % 2 === 0 && one === name) + 1];
    const given = (name: string): string | undefined => (headers.some((one, index) => index % 2 === 0 && one === name) ? header(name) : undefined);
    if (!this.#o.isAuthorized((given('authorization') ?? '').replace(/^Bearer /, ''))) throw new Problem(baseProblems.unauthenticated);
    const url = new URL(path, 'http://of');
    const [, , what, id, act] = url.pathname.split('/').map(decodeURIComponent);
    const trigger: Trigger = { correlationId: given('x-correlation-id') ?? this.#o.uuid(), causationId: given('x-causation-id') ?? null, metadata: { userId: 'coordinator' } };
    const json: unknown = body === null ? undefined : JSON.parse(body);
    if (method === 'GET') return this.#read(what, id, url.searchParams);
    if (what === 'acknowledgements') {
      const { items } = parsed(acknowledgeSchema, json);
      const results = this.#o.transact(() => this.rows.acknowledge(CLIENT.clientId, items));
      return ok(200, { results: items.map(({ fulfillmentId }, index) => ({ fulfillmentId, result: results[index] ?? 'unknown' })) });
    }
    if (what === 'orders' && act === 'revoke' && id !== undefined) return this.#revokeOrder(id, parsed(revokeOrderSchema, json), trigger);
    if (id === undefined) return shown(await this.#request(json, idempotencyKeySchema.parse(given('idempotency-key')), trigger));
    if (id === 'batch') return this.#batch(json, trigger);
    if (id === 'lookup') return ok(200, { items: parsed(lookupSchema, json).orderIds.map((orderId) => ({ orderId, fulfillments: this.rows.ofOrder(CLIENT.clientId, orderId).map(viewOf) })) });
    return this.#wish(id, act, json, trigger);
  }

  #read(what: string | undefined, id: string | undefined, query: URLSearchParams): FrontAnswer {
    if (what === 'capabilities') return ok(200, { batch: { maxItems: MAX_BATCH_ITEMS }, lifecycle: ['cancel', 'revoke', 'hold', 'release', 'schedule', 'lookup', 'acknowledge'], authentication: ['oauth', 'signature'] });
    if (id !== undefined) {
      const one = this.rows.fulfillments.get(id);
      if (one === undefined) throw new Problem(problems.fulfillment_not_found);
      return ok(200, viewOf(one));
    }
    const orderId = query.get('orderId');
    const settledBefore = query.get('settledBefore');
    const all = query.get('acknowledged') === 'false' ? this.rows.unacknowledged(CLIENT.clientId) : [...this.rows.fulfillments.values()].toReversed();
    const found = all.filter((one) => (orderId === null || one.orderId === orderId) && (settledBefore === null || one.updatedAtMs < Date.parse(settledBefore)));
    return ok(200, { items: found.slice(0, Number(query.get('limit') ?? 50)).map(viewOf), nextCursor: null });
  }

  #request(json: unknown, idempotencyKey: string, trigger: Trigger): Promise<Taken> {
    return this.#take({ clientId: CLIENT.clientId, idempotencyKey, request: parsed(fulfillmentRequestSchema, json), trigger });
  }

  async #batch(json: unknown, trigger: Trigger): Promise<FrontAnswer> {
    const { items } = parsed(batchSchema, json);
    const results = await Promise.allSettled(items.map((item) => this.#take({
      clientId: CLIENT.clientId, idempotencyKey: item.idempotencyKey, request: item.request,
      trigger: { ...trigger, correlationId: item.correlationId ?? trigger.correlationId, causationId: item.causationId ?? null },
    })));
    return ok(200, {
      results: results.map((result) => {
        if (result.status === 'fulfilled') return { status: result.value.answer.status, replayed: result.value.replayed, body: JSON.parse(result.value.answer.body) as unknown };
        if (!(result.reason instanceof Problem)) throw result.reason;
        return { status: result.reason.status, body: problemBody(result.reason, 'request') };
      }),
    });
  }

  #wish(fulfillmentId: string, act: string | undefined, json: unknown, trigger: Trigger): FrontAnswer {
    const known = this.rows.fulfillments.get(fulfillmentId);
    if (known === undefined) throw new Problem(problems.fulfillment_not_found);
    const decide = this.#wishOf(act, json);
    const result = this.#decide(known.orderId, `command:fulfillments.${act}`, trigger, { fulfillmentIds: [fulfillmentId], subjects: [] }, (state, nowMs) => {
      const one = state?.find((other) => other.fulfillmentId === fulfillmentId);
      if (one === undefined) throw new Problem(problems.fulfillment_not_found);
      return decide(state, one, nowMs);
    });
    const [one] = result.fulfillments;
    if (one === undefined) throw new Problem(problems.fulfillment_not_found);
    return ok(isUnderWay(one) ? 202 : 200, viewOf(one));
  }

  #wishOf(act: string | undefined, json: unknown): (state: FulfillmentsOfOrder | undefined, one: Fulfillment, nowMs: number) => Granted | Refused {
    const rules = this.#rules;
    if (act === 'cancel') {
      const reason = reasonOf(parsed(cancelSchema, json));
      return (state, one, nowMs) => cancel(rules, state, one, reason, nowMs);
    }
    if (act === 'hold') {
      const reason = reasonOf(parsed(holdSchema, json));
      return (state, one, nowMs) => hold(rules, state, one, reason, nowMs);
    }
    if (act === 'revoke') {
      const form = parsed(revokeSchema, json);
      return (state, one, nowMs) => revoke(rules, state, one, reasonOf(form), form.lines, nowMs);
    }
    return (state, one, nowMs) => release(rules, state, one, nowMs);
  }

  #revokeOrder(orderId: string, form: ReturnType<typeof revokeOrderSchema.parse>, trigger: Trigger): FrontAnswer {
    this.#o.transact(() => this.rows.markRevoked(CLIENT.clientId, orderId, form.lines));
    const named = { fulfillmentIds: [], subjects: [subjectOf(CLIENT.clientId, orderId)] };
    const { fulfillments } = this.#decide(orderId, 'command:fulfillments.revoke_order', trigger, named, (state, nowMs) => revokeOrder(this.#rules, state, CLIENT.clientId, reasonOf(form), form.lines, nowMs));
    return ok(fulfillments.some(isUnderWay) ? 202 : 200, { orderId, lines: form.lines ?? null, fulfillments: fulfillments.map(viewOf) });
  }

  /** Under the lock of the order, with all that is named. Throws the problem of a refusal. */
  #decide(orderId: string, handler: string, trigger: Trigger, named: FulfillmentRows['named'], decide: (state: FulfillmentsOfOrder | undefined, nowMs: number) => Granted | Refused): Granted {
    let result: Granted | Refused | undefined;
    this.#change({
      subject: subjectOf(CLIENT.clientId, orderId), handler, trigger,
      decide: (state, { nowMs }) => {
        result = decide(state, nowMs);
        return result.kind === 'granted' ? result.decision : apply(state ?? NONE_ACTIVE);
      },
    }, named);
    if (result?.kind === 'granted') return result;
    throw new Problem(problems[(result as Refused).kind]);
  }

  #change(input: Input<FulfillmentsOfOrder>, named: FulfillmentRows['named']): void {
    this.#o.transact(() => {
      const reader = this.log.reader('fulfillments');
      // It waits for the lock that an open transaction may have.
      reader.commit();
      this.rows.named = named;
      try {
        for (const { outcome } of reader.change([input])) if (outcome.kind === 'failed') throw outcome.error;
      } finally {
        this.rows.named = { fulfillmentIds: [], subjects: [] };
      }
    });
  }

  /** The LMS tells of an enrolment. Throws where the database fails. */
  takeCallback(body: string): void {
    const meaning = callbackMeaning(body);
    if (meaning.kind !== 'answer') throw new Error(`The callback is ${meaning.kind}.`);
    const { orderId, fulfillmentId, lineId, answer } = meaning;
    const accepted = this.log.history(subjectOf(CLIENT.clientId, orderId)).find(({ type, data }) => type === 'FulfillmentAccepted' && (data as { fulfillmentId: string }).fulfillmentId === fulfillmentId);
    this.#change({
      subject: subjectOf(CLIENT.clientId, orderId), handler: 'command:fulfillments.callback',
      trigger: { correlationId: accepted?.correlationId ?? this.#o.uuid(), causationId: accepted?.eventId ?? null, metadata: {} },
      decide: (state, { nowMs }) => takeCallback(this.#rules, state, { provider: 'lms', fulfillmentId, lineId, answer }, nowMs),
    }, { fulfillmentIds: [fulfillmentId], subjects: [] });
  }
}

export const OF_SOURCE = SOURCE;

/** As the server answers while its database cannot be reached. */
function unavailable(cause: unknown): Problem {
  return new Problem(baseProblems.dependency_unavailable, { headers: retryAfter(RETRY_AFTER_MS), cause });
}

function reasonOf({ reason: { code, message } }: { readonly reason: { readonly code: string; readonly message?: string | undefined } }): { code: string; message?: string } {
  return { code, ...(message !== undefined && { message }) };
}

/** As the server judges a body. */
function parsed<Form>(schema: { safeParse(value: unknown): { success: true; data: Form } | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } } }, value: unknown): Form {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem(baseProblems.validation_failed, { errors: result.error.issues.map(({ path, message }) => ({ path: `/body/${path.map(String).join('/')}`, message })) });
}

function ok(status: number, body: object): FrontAnswer {
  return { status, contentType: 'application/json; charset=utf-8', retryAfter: undefined, replayed: false, text: JSON.stringify(body) };
}

function shown({ answer: { status, body }, replayed }: Taken): FrontAnswer {
  return { status, contentType: 'application/json; charset=utf-8', retryAfter: undefined, replayed, text: body };
}
