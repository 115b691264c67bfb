/**
 * Carries out what clients wish of their fulfillments. Wishes that arrive together are decided in one transaction, under the
 * locks of their orders, with all that they name; each is answered with what is true after it.
 *
 * Promise: a granted wish is durable before it is answered. A wish by order leaves its mark first: a request for these lines
 * that comes later is refused, and one that came before is there to be taken back.
 */
import type { Input } from '@commerce/event-log/change';
import type { Trigger } from '@commerce/event-log/event';
import { apply } from '@commerce/event-log/extension';
import type { Extension } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import { isSystemic } from '@commerce/event-log/transaction';
import type { Reason } from '../providers/provider.ts';
import type { Rules } from './arrange.ts';
import { markRevoked } from './claims.pg.ts';
import { NONE_ACTIVE } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';
import { createStore } from './store.pg.ts';
import { subjectOf } from './subject.ts';
import { cancel, hold, release, revoke, revokeOrder } from './wishes.ts';
import type { Granted, Refused } from './wishes.ts';

export type Wish =
  | { readonly kind: 'cancel' | 'hold'; readonly reason: Reason }
  | { readonly kind: 'revoke'; readonly reason: Reason; readonly lineIds: readonly string[] | undefined }
  | { readonly kind: 'release' };

export type WishResult = { readonly kind: 'granted'; readonly fulfillment: Fulfillment } | Refused | { readonly kind: 'unknown' };

/** Each rejects with `Overloaded` when too much waits. */
export interface Wishes {
  /** About one fulfillment. `unknown` also when it is another client's. */
  wish(clientId: string, fulfillmentId: string, wish: Wish, trigger: Trigger): Promise<WishResult>;
  /** About everything of the client for this order, or these lines of it, whether it is known here yet or not. */
  revokeOrder(clientId: string, orderId: string, lineIds: readonly string[] | undefined, reason: Reason, trigger: Trigger): Promise<readonly Fulfillment[]>;
}

type Decide = (state: FulfillmentsOfOrder | undefined, nowMs: number) => Granted | Refused | { readonly kind: 'unknown' };

interface Asked {
  readonly orderId: string;
  readonly clientId: string;
  /** Undefined for the whole order. */
  readonly fulfillmentId: string | undefined;
  readonly handler: string;
  readonly trigger: Trigger;
  readonly decide: Decide;
}

type Result = ReturnType<Decide>;

export function createWishes(log: EventLog, extension: Extension<FulfillmentsOfOrder>, rules: Rules): Wishes {
  const batches = createMicroBatcher<Asked, Result>({ isSystemic, run: (all) => decideAll(all) });
  return {
    async wish(clientId, fulfillmentId, wish, trigger) {
      const orderId = await orderOf(clientId, fulfillmentId);
      if (orderId === undefined) return { kind: 'unknown' };
      const result = await batches.submit({
        orderId, clientId, fulfillmentId, trigger, handler: `command:fulfillments.${wish.kind}`,
        decide: (state, nowMs) => {
          const fulfillment = state?.find((one) => one.clientId === clientId && one.fulfillmentId === fulfillmentId);
          return fulfillment === undefined ? { kind: 'unknown' } : decideOne(rules, state, fulfillment, wish, nowMs);
        },
      });
      if (result.kind !== 'granted') return result;
      const [fulfillment] = result.fulfillments;
      return fulfillment === undefined ? { kind: 'unknown' } : { kind: 'granted', fulfillment };
    },
    async revokeOrder(clientId, orderId, lineIds, reason, trigger) {
      await markRevoked(log.pool, clientId, orderId, lineIds);
      const result = await batches.submit({
        orderId, clientId, fulfillmentId: undefined, trigger, handler: 'command:fulfillments.revoke_order',
        decide: (state, nowMs) => revokeOrder(rules, state, clientId, reason, lineIds, nowMs),
      });
      return result.kind === 'granted' ? result.fulfillments : [];
    },
  };

  async function decideAll(all: readonly Asked[]): Promise<Result[]> {
    const results = new Map<Asked, Result>();
    const inputs = all.map((asked): Input<FulfillmentsOfOrder> => ({
      subject: subjectOf(asked.clientId, asked.orderId), handler: asked.handler, trigger: asked.trigger,
      decide: (state, { nowMs }) => {
        const result = asked.decide(state, nowMs);
        results.set(asked, result);
        return result.kind === 'granted' ? result.decision : apply(state ?? NONE_ACTIVE);
      },
    }));
    const store = createStore(rules.providers, {
      fulfillmentIds: all.flatMap(({ fulfillmentId }) => fulfillmentId ?? []),
      subjects: all.flatMap(({ fulfillmentId, clientId, orderId }) => (fulfillmentId === undefined ? [subjectOf(clientId, orderId)] : [])),
    });
    for (const { outcome } of await log.change({ ...extension, store }, inputs)) if (outcome.kind === 'failed') throw outcome.error;
    return all.map((asked) => results.get(asked) ?? { kind: 'unknown' });
  }

  async function orderOf(clientId: string, fulfillmentId: string): Promise<string | undefined> {
    const { rows } = await log.pool.query('SELECT order_id FROM fulfillments WHERE client_id = $1 AND fulfillment_id = $2', [clientId, fulfillmentId]);
    return rows[0]?.order_id;
  }
}

function decideOne(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillment: Fulfillment, wish: Wish, nowMs: number): Granted | Refused {
  switch (wish.kind) {
    case 'cancel':
      return cancel(rules, state, fulfillment, wish.reason, nowMs);
    case 'hold':
      return hold(rules, state, fulfillment, wish.reason, nowMs);
    case 'release':
      return release(rules, state, fulfillment, nowMs);
    case 'revoke':
      return revoke(rules, state, fulfillment, wish.reason, wish.lineIds, nowMs);
  }
}
