/**
 * One request for a fulfillment from the first check to its answer: what both the single call and the batch mean by it.
 *
 * The order of judgement: is this key being worked on → can it be accepted → keep it, or find what was kept before. A
 * repetition gets its first answer even if it could not be accepted anew (its deadline has passed, its client's record has
 * changed): a refusal counts only when the key is new.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import { EventTooLarge, MAX_ENTRY_BYTES } from '@commerce/event-log/prepare';
import type { PreparedEvent } from '@commerce/event-log/prepare';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import type { Faults } from '@commerce/service-kit/ports';
import { Problem, baseProblems, retryAfter } from '@commerce/service-kit/problems';
import type { FieldError } from '@commerce/service-kit/problems';
import type { Clients } from '../clients/clients.ts';
import { problems } from '../problems.ts';
import type { Providers } from '../providers/provider.ts';
import { accept } from './accept.ts';
import type { Accepted, Refusal } from './accept.ts';
import { SOURCE } from './events.ts';
import { isOpen } from './fulfillment.ts';
import type { Answered, Intake, IntakeResult } from './intake.pg.ts';
import type { FulfillmentRequest } from './request.ts';
import { viewOf } from './view.ts';

export interface Asked {
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly request: FulfillmentRequest;
  readonly trigger: Trigger;
}

export interface Taken {
  readonly answer: Answered;
  readonly replayed: boolean;
}

/** Throws a `Problem` for everything that is not accepted. */
export type TakeRequest = (asked: Asked) => Promise<Taken>;

export interface TakeRequestOptions {
  readonly log: Pick<EventLog, 'prepare'>;
  readonly intake: Intake;
  readonly clients: Clients;
  readonly providers: Providers;
  readonly uuid: () => string;
  readonly nowMs: () => number;
  readonly faults: Pick<Faults, 'hit'>;
}

/** What an outcome adds to a line in the event that ends the fulfillment, at most. */
const OUTCOME_BYTES = 1_024;
/** The client's own reason, in the event that ends a fulfillment that was called off. */
const REASON_BYTES = 16_384;
const RUNNING_RETRY_MS = 1_000;

export function createTakeRequest(options: TakeRequestOptions): TakeRequest {
  const { log, intake, clients, providers, uuid, nowMs, faults } = options;
  /** Hashes of the requests that this process is working on, by client and key. */
  const running = new Map<string, Buffer>();

  return async (asked) => {
    const text = canonicalJson(asked.request);
    const hash = sha256(text);
    const name = `${asked.clientId}\n${asked.idempotencyKey}`;
    const other = running.get(name);
    if (other !== undefined) throw other.equals(hash) ? inProgress() : new Problem(problems.idempotency_key_reused);
    running.set(name, hash);
    try {
      return taken(await judgeAndKeep(asked, hash, text.length), asked.request);
    } finally {
      running.delete(name);
    }
  };

  async function judgeAndKeep(asked: Asked, hash: Buffer, requestChars: number): Promise<IntakeResult> {
    const decided = decide(asked);
    if (decided instanceof Problem) {
      const earlier = await intake.earlier(asked.clientId, asked.idempotencyKey, hash);
      if (earlier === undefined) throw decided;
      return earlier;
    }
    const { fulfillment } = decided;
    const status = isOpen(fulfillment) ? 202 : 200;
    const answer = { fulfillmentId: fulfillment.fulfillmentId, status, body: JSON.stringify(viewOf(fulfillment)) };
    const again = asked.request.lines.flatMap((line) => (line.repeat === true ? [line.lineId] : []));
    const row = { fulfillment, again, idempotencyKey: asked.idempotencyKey, requestHash: hash, requestChars, answer, events: decided.prepared };
    await faults.hit('accept.asked');
    const result = await intake.keep(row).catch((error: unknown) => {
      throw error instanceof Overloaded ? new Problem(baseProblems.overloaded, { headers: retryAfter(error.retryAfterMs) }) : error;
    });
    await faults.hit('accept.committed');
    return result;
  }

  function decide({ clientId, request, trigger }: Asked): (Accepted & { prepared: PreparedEvent[] }) | Problem {
    const client = clients.find(clientId);
    if (client === undefined) return new Problem(problems.unknown_client);
    const decision = accept(request, { client, providers, fulfillmentId: uuid(), nowMs: nowMs() });
    if (decision.kind !== 'accepted') return refusalProblem(decision);
    const prepared = prepare(decision, trigger);
    return prepared === undefined ? new Problem(problems.request_too_large) : { ...decision, prepared };
  }

  /** The events in their order, each caused by the acceptance; undefined when the outcome might not fit into one event. */
  function prepare({ events }: Accepted, trigger: Trigger): PreparedEvent[] | undefined {
    try {
      const [first, ...rest] = events;
      if (first === undefined) return [];
      const head = log.prepare(first, SOURCE, trigger);
      const { lines } = first.data as { lines: readonly unknown[] };
      if (Buffer.byteLength(head.dataJson) + lines.length * OUTCOME_BYTES + REASON_BYTES > MAX_ENTRY_BYTES) return undefined;
      return [head, ...rest.map((event) => log.prepare(event, SOURCE, { ...trigger, causationId: head.eventId }))];
    } catch (error) {
      if (error instanceof EventTooLarge) return undefined;
      throw error;
    }
  }
}

function taken(result: IntakeResult, request: FulfillmentRequest): Taken {
  switch (result.kind) {
    case 'kept':
    case 'replayed':
      return { answer: result.answer, replayed: result.kind === 'replayed' };
    case 'reused':
      throw new Problem(problems.idempotency_key_reused);
    case 'running':
      throw inProgress();
    case 'too_many_open_fulfillments':
      throw new Problem(problems.too_many_open_fulfillments);
    case 'order_revoked':
      throw new Problem(problems.order_revoked, { errors: placesOf(result.lineIds, request, 'This line was revoked.') });
    case 'line_already_requested':
      throw new Problem(problems.line_already_requested, {
        detail: `The fulfillment ${result.fulfillmentId} has it.`, errors: placesOf(result.lineIds, request, 'This line is requested or delivered already.'),
      });
  }
}

const MAX_ERRORS = 20;

function placesOf(lineIds: readonly string[], { lines }: FulfillmentRequest, message: string): FieldError[] {
  const refused = new Set(lineIds);
  return lines.flatMap(({ lineId }, index) => (refused.has(lineId) ? [{ path: `/body/lines/${index}/lineId`, message }] : [])).slice(0, MAX_ERRORS);
}

function inProgress(): Problem {
  return new Problem(problems.request_in_progress, { headers: retryAfter(RUNNING_RETRY_MS) });
}

function refusalProblem(refusal: Refusal): Problem {
  if (refusal.kind !== 'no_provider') return new Problem(problems[refusal.kind]);
  const errors = refusal.lines.map((index) => ({ path: `/body/lines/${index}/sku`, message: 'No provider is set up for this sku or kind.' }));
  return new Problem(problems.no_provider, { errors: errors.slice(0, MAX_ERRORS) });
}
