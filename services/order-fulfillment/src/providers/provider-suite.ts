/**
 * What every provider must be: the suite that each of them passes, inside the running service with its real database.
 * A new provider is added here by its name, the kind of line that reaches it, and the way to count what it has done.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apply } from '@commerce/event-log/extension';
import type { Extension } from '@commerce/event-log/extension';
import { triggerOf } from '@commerce/event-log/event';
import type { StoredEvent } from '@commerce/event-log/event';
import type { FulfillmentsOfOrder } from '../fulfillments/fulfillment.ts';
import { eventually, requestFor } from '../test-service.ts';
import type { TestService } from '../test-service.ts';

export interface Effect {
  readonly lineId: string;
  readonly quantity: number;
  readonly effects: number;
}

export interface ProviderUnderTest {
  readonly service: TestService;
  /** The extension over the same parts as that of the service, for telling it things once more. */
  readonly extension: Extension<FulfillmentsOfOrder>;
  /** What the provider's own books say about an order. */
  effects(orderId: string): Promise<Effect[]>;
  stop(): Promise<void>;
}

export function describeProvider(name: string, kind: string, open: () => Promise<ProviderUnderTest>): void {
  describe(`The provider ${name}`, () => {
    let provider: ProviderUnderTest;
    let keys = 0;
    beforeAll(async () => {
      provider = await open();
    });
    afterAll(() => provider?.stop());

    const ask = async (body: object, client = 'commerce-coordinator') => (await provider.service.request(body, `suite-${(keys += 1)}`, { client })).body;
    const settled = (fulfillmentId: string, client = 'commerce-coordinator') =>
      eventually(`${fulfillmentId} settles`, async () => {
        const { body } = await provider.service.call(`/v1/fulfillments/${fulfillmentId}`, { client });
        return ['completed', 'partial', 'failed'].includes(body.status) && body;
      });

    test('carries out every line of a fulfillment once, in the quantity that was asked for', async () => {
      const body = requestFor([kind, kind, kind]);
      const done = await settled((await ask(body)).fulfillmentId);
      expect(done.status).toBe('completed');
      expect(done.lines.map((line: { provider: string }) => line.provider)).toEqual([name, name, name]);
      expect(await effectsOf(provider, body.orderId)).toEqual([1, 2, 3].map((number) => ({ lineId: String(number), quantity: number, effects: 1 })));
    });

    test('begins all lines of a fulfillment together', async () => {
      const { fulfillmentId } = await ask(requestFor([kind, kind, kind]));
      await settled(fulfillmentId);
      const { rows } = await provider.service.pool.query('SELECT DISTINCT line->>$2 AS started FROM fulfillments, jsonb_array_elements(lines) line WHERE fulfillment_id = $1', [fulfillmentId, 'startedAtMs']);
      expect(rows).toHaveLength(1);
      expect(rows[0].started).not.toBeNull();
    });

    test('does nothing twice, though it is told of the acceptance again at any time', async () => {
      const body = requestFor([kind, kind]);
      const { fulfillmentId } = await ask(body);
      await tellAgain(provider, body.orderId);
      await settled(fulfillmentId);
      await tellAgain(provider, body.orderId);
      await tellAgain(provider, body.orderId);
      expect((await effectsOf(provider, body.orderId)).map(({ effects }) => effects)).toEqual([1, 1]);
      const history = await provider.service.log.history(body.orderId);
      expect(history.filter(({ type }) => type === 'FulfillmentCompleted')).toHaveLength(1);
    });

    test('takes the same lines of another client as work of its own', async () => {
      const body = requestFor([kind]);
      const [mine, theirs] = [await ask(body), await ask(body, 'partner')];
      await Promise.all([settled(mine.fulfillmentId), settled(theirs.fulfillmentId, 'partner')]);
      const total = (await provider.effects(body.orderId)).reduce((sum, { effects }) => sum + effects, 0);
      expect(total).toBe(2);
    });
  });
}

async function effectsOf(provider: ProviderUnderTest, orderId: string): Promise<Effect[]> {
  return (await provider.effects(orderId)).toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1));
}

/** Runs everything that hears the acceptance once more: the handler, and the effect with its settlement. */
async function tellAgain({ service, extension }: ProviderUnderTest, orderId: string): Promise<void> {
  const event = (await service.log.history(orderId))[0];
  const handler = extension.handlers['fulfillments.start'];
  const ask = extension.effects['fulfillments.ask'];
  if (event === undefined || handler === undefined || ask === undefined) throw new Error('The extension has lost a handler.');
  await decide(service, extension, event, handler.decide);
  const answers: never = await ask.run({ event, key: 'again', attempt: 1, maybeSent: true, signal: AbortSignal.timeout(5_000) });
  await decide(service, extension, event, (state, _event, context) => ask.settle(state, answers, event, context));
}

async function decide(service: TestService, extension: Extension<FulfillmentsOfOrder>, event: StoredEvent, decision: Extension<FulfillmentsOfOrder>['handlers'][string]['decide']): Promise<void> {
  const [settled] = await service.log.change(extension, [{
    subject: event.subject, handler: 'test:again', trigger: triggerOf(event), event,
    decide: (state, context) => decision(state, event, context) ?? apply(state ?? []),
  }]);
  if (settled?.outcome.kind === 'failed') throw settled.outcome.error;
}
