/**
 * The flow of one order through all extensions, without database and clock: whatever order the world chooses, it ends once.
 */
import { describe, expect, test } from '@jest/globals';
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import fc from 'fast-check';
import { SIGNALS } from '../signals.config.ts';
import type { Fulfillment } from './extensions/fulfillment/outcome.ts';
import { acknowledge, acknowledgeAgain, applyFound } from './extensions/fulfillment/request.ts';
import type { FulfillmentRequest } from './extensions/fulfillment/request.ts';
import { fulfillmentExtension } from './extensions/fulfillment/extension.ts';
import { ordersExtension } from './extensions/orders/extension.ts';
import type { Order } from './extensions/orders/order.ts';
import { shippingExtension } from './extensions/shipping/extension.ts';
import type { Shipping } from './extensions/shipping/shipment.ts';
import { CLIENT_ID, event, FAILED, foreign, FULFILLED, FULFILLMENT_ID, LINES, ORDER_ID } from './test-events.ts';

const refuse = () => Promise.reject(new Error('Nobody is called here.'));
const orders = ordersExtension({ clientId: CLIENT_ID });
const fulfillment = fulfillmentExtension({ clientId: CLIENT_ID, checkAfterMs: 1_000, fulfiller: { request: refuse, list: refuse, revoke: refuse, lookup: refuse, acknowledge: refuse } });
const shipping = shippingExtension({ clientId: CLIENT_ID });

const shown: Fulfillment = { fulfillmentId: FULFILLMENT_ID, clientId: CLIENT_ID, orderId: ORDER_ID, status: 'completed', version: 4, lines: FULFILLED };

/** One extension with its state and what waits, as the readers of the log keep them. */
class Part<State> {
  state: State | undefined;
  readonly waiting: { readonly decide: (state: State | undefined) => Outcome<State>; readonly heard: StoredEvent }[] = [];
  readonly ignored: string[] = [];
  readonly extension: { readonly name: string; readonly handlers: Readonly<Record<string, { decide: (...args: any[]) => Outcome<State> }>> };

  constructor(extension: Part<State>['extension'], state: State | undefined) {
    this.extension = extension;
    this.state = state;
  }

  hear(heard: StoredEvent): NewEvent[] {
    return (SIGNALS[heard.type as keyof typeof SIGNALS] ?? []).flatMap((name) => {
      const handler = this.extension.handlers[name];
      return handler === undefined ? [] : this.take((state) => handler.decide(state, heard), heard);
    });
  }

  /** Decides, and after a change lets each of those that wait try again, in the order of the log, as long as one of them changes it further. */
  take(decide: (state: State | undefined) => Outcome<State>, heard?: StoredEvent): NewEvent[] {
    const outcome = this.#decide(decide);
    if (outcome.kind === 'notYet' && heard !== undefined) this.waiting.push({ decide, heard });
    if (outcome.kind !== 'apply') return [];
    const events = [...outcome.events];
    for (let changed = true; changed; ) {
      changed = false;
      for (const one of this.waiting.splice(0)) {
        const retried = this.#decide(one.decide);
        if (retried.kind === 'notYet') this.waiting.push(one);
        if (retried.kind === 'apply') events.push(...retried.events);
        changed ||= retried.kind === 'apply';
      }
    }
    return events;
  }

  #decide(decide: (state: State | undefined) => Outcome<State>): Outcome<State> {
    const outcome = decide(this.state);
    if (outcome.kind === 'stale') this.ignored.push(outcome.rule);
    if (outcome.kind === 'apply') this.state = outcome.state;
    return outcome;
  }
}

class World {
  readonly orders = new Part<Order>(orders, {
    orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', lines: LINES, status: 'created', version: 1, fulfillmentId: null, outcomes: null, reason: null,
  });
  readonly fulfillment = new Part<FulfillmentRequest>(fulfillment, { orderId: ORDER_ID, fulfillmentId: null, status: 'unasked', version: 0, toldVersion: 0 });
  readonly shipping = new Part<Shipping>(shipping, { orderId: ORDER_ID, fulfillmentId: null, shipment: null });
  readonly log: StoredEvent[] = [];

  /** Appends and lets everybody hear it, and what follows from it. */
  append(heard: StoredEvent): void {
    this.log.push(heard);
    for (const part of [this.orders, this.fulfillment, this.shipping]) this.tell(part.hear(heard));
  }

  tell(events: readonly NewEvent[]): void {
    for (const { type, data, sequence = 1 } of events) this.append(event(type, data, { sequence }));
  }

  count(type: string): number {
    return this.log.filter((entry) => entry.type === type).length;
  }
}

/** What the world may do to an order, in any order and any number of times. */
const STEPS = {
  'the request is answered': (world) => world.tell(world.fulfillment.take((state) => acknowledge(state, shown))),
  'the completion arrives': (world) => world.append(foreign('FulfillmentCompleted')),
  'comparing finds the completion': (world) => world.tell(world.fulfillment.take((state) => applyFound(state, shown))),
  'a completion of another fulfillment arrives': (world) => world.append(foreign('FulfillmentCompleted', { fulfillmentId: 'another' })),
  'a failure arrives': (world) => world.append(foreign('FulfillmentFailed', { lines: FAILED })),
  'a cancellation arrives': (world) => world.append(foreign('FulfillmentCancelled')),
  'a revocation arrives': (world) => world.append(foreign('FulfillmentRevoked', {}, { sequence: 6 })),
} satisfies Record<string, (world: World) => void>;
type StepName = keyof typeof STEPS;
const ALL = Object.keys(STEPS) as StepName[];

function play(steps: readonly StepName[]): World {
  const world = new World();
  for (const step of steps) STEPS[step](world);
  return world;
}

const shuffled = (names: readonly StepName[]) =>
  fc.array(fc.constantFrom(...names), { maxLength: 6 }).chain((more) => fc.shuffledSubarray([...names, ...more], { minLength: names.length + more.length }));

describe('one order, whatever comes in whatever order and however often', () => {
  test('ends exactly once, with its outcome told once, and nothing left waiting', () => {
    fc.assert(fc.property(shuffled(ALL), (steps) => {
      const world = play(steps);
      expect(['completed', 'cancelled']).toContain(world.orders.state?.status);
      expect(world.count('OrderCompleted') + world.count('OrderCancelled')).toBe(1);
      expect(world.count('OrderCompleted')).toBe(world.orders.state?.status === 'completed' ? 1 : 0);
      expect(world.count('FulfillmentRequested')).toBe(1);
      expect(world.count('ShippingCreated')).toBe(world.count('OrderCompleted'));
      // A completion is there in any case; after the end of the order it is to be taken back, once.
      expect(world.count('FulfillmentUnwanted')).toBe(world.count('OrderCancelled'));
      expect([...world.orders.waiting, ...world.fulfillment.waiting, ...world.shipping.waiting]).toEqual([]);
    }), { numRuns: 1_000 });
  });

  test('is completed when nothing failed, by the bus or by asking', () => {
    fc.assert(fc.property(shuffled(ALL.filter((name) => name !== 'a failure arrives' && name !== 'a cancellation arrives')), (steps) => {
      const world = play(steps);
      expect(world.orders.state).toMatchObject({ status: 'completed', version: 4, outcomes: FULFILLED });
      expect(world.fulfillment.state?.status).toBe('completed');
    }), { numRuns: 500 });
  });

  test('is cancelled when everything failed, and ships nothing', () => {
    fc.assert(fc.property(shuffled(['the request is answered', 'a completion of another fulfillment arrives', 'a failure arrives']), (steps) => {
      const world = play(steps);
      expect(world.orders.state?.status).toBe('cancelled');
      expect(world.fulfillment.state?.status).toBe('failed');
      expect(world.count('ShippingCreated')).toBe(0);
    }), { numRuns: 500 });
  });

  test('is completed once by the fulfillment of the request that was made again, when the first one was lost', () => {
    const ANOTHER = '0193a6a0-7000-7abc-9def-0123456789ab';
    const world = play(['the request is answered']);
    world.tell(world.fulfillment.take((state) => acknowledgeAgain(state, { ...shown, status: 'accepted', version: 1, fulfillmentId: ANOTHER })));
    STEPS['the completion arrives'](world);
    expect(world.orders.state?.status).toBe('fulfilling');
    world.append(foreign('FulfillmentCompleted', { fulfillmentId: ANOTHER }));
    expect(world.orders.state).toMatchObject({ status: 'completed', fulfillmentId: ANOTHER });
    expect([world.count('FulfillmentRequested'), world.count('FulfillmentHealed'), world.count('ShippingCreated')]).toEqual([2, 1, 1]);
  });

  test('waits for the answer to its request and drops nothing meanwhile', () => {
    const world = play(['the completion arrives', 'the completion arrives']);
    expect(world.orders.state?.status).toBe('created');
    expect([world.orders, world.fulfillment, world.shipping].map(({ waiting }) => waiting.length)).toEqual([2, 2, 2]);
    STEPS['the request is answered'](world);
    expect(world.orders.state?.status).toBe('completed');
    expect(world.orders.ignored).toEqual(['already_fulfilled']);
  });
});
