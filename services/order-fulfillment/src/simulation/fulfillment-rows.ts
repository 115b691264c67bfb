/**
 * The tables of fulfillments in memory: the fulfillments, who holds which line of an order, the answers to keys, the ledger of local
 * effects, and what waits for its client's acknowledgement.
 *
 * Promise: what the statements of intake.pg.ts, claims.pg.ts, store.pg.ts and acknowledgements.pg.ts promise, for one statement at a
 * time. Refuses what they refuse: a row that is not as it was read, a reversal of what has no effect.
 */
import type { MemoryTables } from '@commerce/event-log/memory-log';
import type { AcknowledgementResult } from '../fulfillments/acknowledgements.pg.ts';
import type { ClaimRefusal } from '../fulfillments/claims.pg.ts';
import { MAX_OPEN_OF_ORDER, heldLines, isActive, isOpen, keptAnswers } from '../fulfillments/fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from '../fulfillments/fulfillment.ts';
import type { IntakeResult, IntakeRow } from '../fulfillments/intake.pg.ts';
import type { Acknowledgement } from '../fulfillments/request.ts';
import type { Named } from '../fulfillments/store.pg.ts';
import { partsOf, subjectOf } from '../fulfillments/subject.ts';
import type { Providers } from '../providers/provider.ts';

interface Claims {
  isRevoked: boolean;
  readonly revokedLines: Set<string>;
  /** Lines that each fulfillment holds. */
  readonly held: Map<string, readonly string[]>;
}

interface Effect {
  readonly orderId: string;
  readonly lineId: string;
  effects: number;
  reversals: number;
}

const NONE_NAMED: Named = { fulfillmentIds: [], subjects: [] };

export class FulfillmentRows implements MemoryTables {
  readonly fulfillments = new Map<string, Fulfillment>();
  readonly effects = new Map<string, Effect>();
  readonly #providers: Providers;
  readonly #keys = new Map<string, Pick<IntakeRow, 'requestHash' | 'answer'>>();
  readonly #claims = new Map<string, Claims>();
  readonly #unacknowledged = new Set<string>();
  /** What the change that is under way names. */
  named: Named = NONE_NAMED;

  constructor(providers: Providers) {
    this.#providers = providers;
  }

  // The store of the extension.

  load(_extension: string, subjects: readonly string[]): Map<string, FulfillmentsOfOrder> {
    const { named } = this;
    const isLoaded = (one: Fulfillment, subject: string): boolean => isActive(one) || named.subjects.includes(subject) || named.fulfillmentIds.includes(one.fulfillmentId);
    return new Map(subjects.flatMap((subject): [string, FulfillmentsOfOrder][] => {
      const own = this.ofSubject(subject).filter((one) => isLoaded(one, subject));
      return own.length === 0 ? [] : [[subject, own]];
    }));
  }

  save(_extension: string, after: ReadonlyMap<string, unknown>, before: ReadonlyMap<string, unknown>): void {
    for (const [subject, rows] of after) {
      const earlier = new Map(((before.get(subject) ?? []) as FulfillmentsOfOrder).map((one) => [one.fulfillmentId, one]));
      for (const one of rows as FulfillmentsOfOrder) {
        const was = earlier.get(one.fulfillmentId);
        if (was === undefined) throw new Error(`The fulfillment ${one.fulfillmentId} was not loaded.`);
        if (was !== one) this.#update(was, one);
      }
    }
  }

  #update(before: Fulfillment, after: Fulfillment): void {
    const stored = this.fulfillments.get(after.fulfillmentId);
    if (stored?.version !== before.version) throw new Error(`The fulfillment ${after.fulfillmentId} is not as it had been read.`);
    this.fulfillments.set(after.fulfillmentId, { ...after, acknowledgedVersion: stored.acknowledgedVersion });
    if (!isOpen(after) && after.version !== before.version) this.#unacknowledged.add(after.fulfillmentId);
    const held = heldLines(after);
    const claims = this.#claimsOf(subjectOf(after.clientId, after.orderId));
    if (held.length === 0) claims.held.delete(after.fulfillmentId);
    else claims.held.set(after.fulfillmentId, held);
    this.#recordEffects(before, after);
  }

  /** Those of the providers that live in the service's own database. */
  #recordEffects(before: Fulfillment | undefined, after: Fulfillment): void {
    for (const { fulfillment: { fulfillmentId, orderId }, line: { lineId, provider }, step } of keptAnswers(before, after)) {
      if (this.#providers.get(provider)?.place !== 'local') continue;
      const key = `${fulfillmentId}\n${lineId}`;
      const effect = this.effects.get(key);
      if (step === 'fulfilled' && effect === undefined) this.effects.set(key, { orderId, lineId, effects: 1, reversals: 0 });
      else if (step === 'fulfilled' && effect !== undefined) effect.effects += 1;
      else if (step === 'revoked' && effect === undefined) throw new Error(`The line ${lineId} of ${fulfillmentId} was taken back, and the ledger knows no effect of it.`);
      else if (step === 'revoked' && effect !== undefined) effect.reversals += 1;
    }
  }

  // The intake.

  /** Keeps what is new. `isNew`: its events are to be appended. */
  keep(row: IntakeRow): IntakeResult {
    const { fulfillment, idempotencyKey, requestHash, answer, again } = row;
    const earlier = this.earlier(fulfillment.clientId, idempotencyKey, requestHash);
    if (earlier !== undefined) return earlier;
    const refusal = this.#refusalOf(row);
    if (refusal !== undefined) return refusal;
    this.#keys.set(`${fulfillment.clientId}\n${idempotencyKey}`, { requestHash, answer });
    this.fulfillments.set(fulfillment.fulfillmentId, fulfillment);
    const repeated = new Set(again);
    this.#claimsOf(subjectOf(fulfillment.clientId, fulfillment.orderId)).held.set(fulfillment.fulfillmentId, heldLines(fulfillment).filter((lineId) => !repeated.has(lineId)));
    this.#recordEffects(undefined, fulfillment);
    if (!isActive(fulfillment)) this.#unacknowledged.add(fulfillment.fulfillmentId);
    return { kind: 'kept', answer };
  }

  /** What was answered to this key before, if anything. */
  earlier(clientId: string, idempotencyKey: string, requestHash: Buffer): IntakeResult | undefined {
    const known = this.#keys.get(`${clientId}\n${idempotencyKey}`);
    if (known === undefined) return undefined;
    return known.requestHash.equals(requestHash) ? { kind: 'replayed', answer: known.answer } : { kind: 'reused' };
  }

  #refusalOf({ fulfillment, again }: IntakeRow): ClaimRefusal | undefined {
    const subject = subjectOf(fulfillment.clientId, fulfillment.orderId);
    const { isRevoked, revokedLines, held } = this.#claimsOf(subject);
    const lineIds = fulfillment.lines.map(({ lineId }) => lineId);
    const revoked = lineIds.filter((lineId) => isRevoked || revokedLines.has(lineId));
    if (revoked.length > 0) return { kind: 'order_revoked', lineIds: revoked };
    for (const [fulfillmentId, lines] of held) {
      const taken = lineIds.filter((lineId) => lines.includes(lineId) && !again.includes(lineId));
      if (taken.length > 0) return { kind: 'line_already_requested', lineIds: taken, fulfillmentId };
    }
    const isOneMore = isActive(fulfillment) && this.ofSubject(subject).filter(isActive).length >= MAX_OPEN_OF_ORDER;
    return isOneMore ? { kind: 'too_many_open_fulfillments' } : undefined;
  }

  /** Requests for these lines of the order are refused from now on; for all when `lineIds` is undefined. */
  markRevoked(clientId: string, orderId: string, lineIds: readonly string[] | undefined): void {
    const claims = this.#claimsOf(subjectOf(clientId, orderId));
    claims.isRevoked ||= lineIds === undefined;
    for (const lineId of lineIds ?? []) claims.revokedLines.add(lineId);
  }

  #claimsOf(subject: string): Claims {
    let claims = this.#claims.get(subject);
    if (claims === undefined) this.#claims.set(subject, (claims = { isRevoked: false, revokedLines: new Set(), held: new Map() }));
    return claims;
  }

  // Reads.

  ofSubject(subject: string): Fulfillment[] {
    const { clientId, orderId } = partsOf(subject);
    return this.ofOrder(clientId, orderId);
  }

  /** Oldest first. */
  ofOrder(clientId: string, orderId: string): Fulfillment[] {
    return [...this.fulfillments.values()].filter((one) => one.clientId === clientId && one.orderId === orderId);
  }

  /** Settled ones whose latest version their client has not acknowledged, oldest first. */
  unacknowledged(clientId: string): Fulfillment[] {
    return [...this.fulfillments.values()].filter((one) => one.clientId === clientId && this.#unacknowledged.has(one.fulfillmentId));
  }

  acknowledge(clientId: string, items: readonly Acknowledgement[]): AcknowledgementResult[] {
    return items.map(({ fulfillmentId, version }) => {
      const one = this.fulfillments.get(fulfillmentId);
      if (one === undefined || one.clientId !== clientId) return 'unknown';
      if (version > one.version) return 'ahead';
      if ((one.acknowledgedVersion ?? 0) < version) this.fulfillments.set(fulfillmentId, { ...one, acknowledgedVersion: version });
      if (version === one.version) this.#unacknowledged.delete(fulfillmentId);
      return 'acknowledged';
    });
  }
}
