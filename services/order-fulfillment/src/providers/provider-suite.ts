/**
 * What every provider must be: the suite that each of them passes, inside the running service with its real database.
 * A new provider is added here by its name, the kind of line that reaches it, and the way to count what it has done.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apply } from '@commerce/event-log/extension';
import type { Extension } from '@commerce/event-log/extension';
import { triggerOf } from '@commerce/event-log/event';
import type { StoredEvent } from '@commerce/event-log/event';
import { eventually } from '@commerce/service-kit/test-eventually';
import type { FulfillmentsOfOrder } from '../fulfillments/fulfillment.ts';
import { requestFor } from '../test-service.ts';
import type { Provider } from './provider.ts';
import type { TestService } from '../test-service.ts';

export interface Effect {
  readonly lineId: string;
  readonly quantity: number;
  readonly effects: number;
  /** What of them was taken back. */
  readonly reversals: number;
}

export interface ProviderUnderTest {
  readonly service: TestService;
  readonly provider: Provider;
  /** The extension over the same parts as that of the service, for telling it things once more. */
  readonly extension: Extension<FulfillmentsOfOrder>;
  /** What the provider's own books say about an order. */
  effects(orderId: string): Promise<Effect[]>;
  stop(): Promise<void>;
}

/** `takesBack`: what becomes of a wish to take a delivered line back. */
export interface Promised {
  readonly takesBack: 'always' | 'never';
}

export function describeProvider(name: string, kind: string, { takesBack }: Promised, open: () => Promise<ProviderUnderTest>): void {
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
        return ['completed', 'partial', 'failed', 'cancelled', 'revoked'].includes(body.status) && body.lines.every(({ status }: { status: string }) => status !== 'revoking') && body;
      });

    const wish = (path: string, body: object = {}) => provider.service.call(`/v1/${path}`, { method: 'POST', body: { reason: { code: 'changed_mind' }, ...body } });

    test('carries out every line of a fulfillment once, in the quantity that was asked for', async () => {
      const body = requestFor([kind, kind, kind]);
      const done = await settled((await ask(body)).fulfillmentId);
      expect(done.status).toBe('completed');
      expect(done.lines.map((line: { provider: string }) => line.provider)).toEqual([name, name, name]);
      expect(await effectsOf(provider, body.orderId)).toEqual([1, 2, 3].map((number) => ({ lineId: String(number), quantity: number, effects: 1, reversals: 0 })));
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
      const history = await provider.service.history(body.orderId);
      expect(history.filter(({ type }) => type === 'FulfillmentCompleted')).toHaveLength(1);
    });

    test('is asked again and again by the port itself and does nothing twice', async () => {
      const body = requestFor([kind, kind]);
      const { fulfillmentId } = await ask(body);
      await settled(fulfillmentId);
      for (let time = 0; time < 3; time += 1) expect(await askProvider(provider.provider, fulfillmentId, body)).toEqual(['fulfilled', 'fulfilled']);
      expect((await effectsOf(provider, body.orderId)).map(({ effects }) => effects)).toEqual([1, 1]);
    });

    test('begins nothing that is called off before its time', async () => {
      const body = requestFor([kind, kind], { startAt: '2999-01-01T00:00:00Z' });
      const { fulfillmentId } = await ask(body);
      expect((await wish(`fulfillments/${fulfillmentId}/cancel`)).body.status).toBe('cancelled');
      await tellAgain(provider, body.orderId);
      expect(await provider.effects(body.orderId)).toEqual([]);
    });

    test('leaves nothing behind of what is called off at any moment, or says that it does', async () => {
      const bodies = Array.from({ length: 6 }, () => requestFor([kind, kind]));
      const ids = await Promise.all(bodies.map(async (body) => (await ask(body)).fulfillmentId));
      await Promise.all(ids.map(async (id, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 12));
        const { status } = await wish(`fulfillments/${id}/cancel`);
        if (status === 409) await wish(`fulfillments/${id}/revoke`);
      }));
      for (const [index, id] of ids.entries()) {
        const { lines, status } = await settled(id);
        const left = (await effectsOf(provider, bodies[index]?.orderId ?? '')).map(({ effects, reversals }) => effects - reversals).filter((net) => net !== 0);
        expect(left).toEqual(lines.filter((line: { status: string }) => line.status === 'fulfilled').map(() => 1));
        if (takesBack === 'always') expect([left, ['cancelled', 'revoked'].includes(status)]).toEqual([[], true]);
      }
    });

    test('takes a delivered line back once, or refuses and says why', async () => {
      const body = requestFor([kind, kind]);
      const { fulfillmentId } = await ask(body);
      await settled(fulfillmentId);
      for (let time = 0; time < 3; time += 1) expect((await wish(`fulfillments/${fulfillmentId}/revoke`, { lines: ['2'] })).status).toBeLessThan(300);
      const { status, lines } = await settled(fulfillmentId);
      expect([status, lines[0].status]).toEqual(['completed', 'fulfilled']);
      expect(lines[1]).toMatchObject(takesBack === 'always' ? { status: 'revoked' } : { status: 'fulfilled', reason: { code: 'revoke_refused', message: expect.stringMatching(/^[a-z_]+/) } });
      await tellAgain(provider, body.orderId);
      const reversals = takesBack === 'always' ? 1 : 0;
      expect(await effectsOf(provider, body.orderId)).toMatchObject([{ effects: 1, reversals: 0 }, { effects: 1, reversals }]);
      expect((await provider.service.history(body.orderId)).filter(({ type }) => type === 'FulfillmentRevoked')).toHaveLength(1);
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

const LONG_AFTER_MS = Date.parse('2999-01-01T00:00:00Z');

/** Asks about lines that were carried out, as the service would. */
async function askProvider(provider: Provider, fulfillmentId: string, { orderId, customer, lines }: ReturnType<typeof requestFor>): Promise<string[]> {
  const fulfillment = { fulfillmentId, clientId: 'commerce-coordinator', orderId, customer };
  const begun = lines.map((line) => ({ ...line, startedAtMs: 0 }));
  if (provider.place === 'local') return begun.map((line) => provider.ask(fulfillment, line, LONG_AFTER_MS).kind);
  return (await provider.ask(fulfillment, begun, AbortSignal.timeout(5_000))).map(({ kind }) => kind);
}

/** Runs everything that hears the acceptance once more: the handler, and the effect with its settlement. */
async function tellAgain({ service, extension }: ProviderUnderTest, orderId: string): Promise<void> {
  const event = (await service.history(orderId))[0];
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
