/**
 * One that is not listed is not loaded: the service without each of the extensions that can be left out, with the map changed and
 * nothing else.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MapRefused } from '@commerce/signals/check';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import type { SignalMap } from '@commerce/signals/map';
import { eventually } from '@commerce/service-kit/test-eventually';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { checkLoaded } from '../catalogue.ts';
import type { Loaded } from '../catalogue.ts';
import { configWith } from '../config.ts';
import { startFulfillingSide } from '../test-fulfilling-side.ts';
import type { FulfillingSide } from '../test-fulfilling-side.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import { startTestProvider } from './payments/test-provider.ts';
import type { TestProvider } from './payments/test-provider.ts';

const ALL: readonly ExtensionDefinition[] = EXTENSIONS;

interface Left {
  readonly out: readonly string[];
  /** What the map says of the ends that are left. */
  readonly silent: Partial<Pick<SignalMap, 'unheard' | 'unconnected'>>;
  /** Values that each of their variables would refuse. */
  readonly wrong: Readonly<Record<string, string>>;
}

/** In turn; those that need one go with it. */
const LEFT: readonly Left[] = [
  { out: ['analytics'], wrong: {}, silent: {} },
  { out: ['notifications'], wrong: { SMTP_URL: 'nowhere', MAIL_FROM: 'nobody' }, silent: {} },
  {
    out: ['notifications', 'analytics', 'webhooks'], wrong: { SMTP_URL: 'nowhere', MAIL_FROM: 'nobody' },
    silent: { unheard: { OrderCancelled: 'There are no notifications.', OrderRefunded: 'There are no notifications.', CartAbandoned: 'There are no notifications.' } },
  },
  { out: ['webhooks'], wrong: { WEBHOOK_TIMEOUT: 'never' }, silent: {} },
  { out: ['carts'], wrong: { CART_QUIET_MS: 'never' }, silent: {} },
  {
    out: ['catalog', 'carts', 'notifications', 'analytics', 'webhooks', 'customers'], wrong: { CART_QUIET_MS: 'never', MAIL_FROM: 'nobody' },
    silent: {
      unheard: { OrderCancelled: 'There are no notifications.', OrderRefunded: 'There are no notifications.', InventoryAdjusted: 'There is no catalog.' },
      unconnected: { 'orders.customer': 'There is no catalog.' },
    },
  },
];

/** The list without these, and the map without their signals and handlers. */
function without({ out, silent }: Left): Loaded {
  const extensions = ALL.filter(({ name }) => !out.includes(name));
  const gone = ALL.filter(({ name }) => out.includes(name));
  const signals = new Set(gone.flatMap((one) => one.signals.map(({ entry }) => entry.type as string)));
  const handlers = new Set(gone.flatMap((one) => Object.keys(one.handlers)));
  const lines = Object.entries(MAP.connections).filter(([type]) => !signals.has(type)).map(([type, connections]) => [type, connections.filter(({ handler }) => !handlers.has(handler))] as const);
  return { extensions, map: { ...MAP, ...silent, everywhere: MAP.everywhere.filter((name) => !handlers.has(name)), connections: Object.fromEntries(lines.filter(([, connections]) => connections.length > 0)) } };
}

let of: FulfillingSide;
let provider: TestProvider;

beforeAll(async () => {
  [of, provider] = await Promise.all([startFulfillingSide(), startTestProvider('http://127.0.0.1:1/webhooks')]);
});
afterAll(async () => {
  await Promise.all([of?.stop(), provider?.stop()]);
});

describe.each(LEFT)('the service without $out', (left) => {
  const { extensions } = without(left);
  const gone = ALL.filter(({ name }) => left.out.includes(name));

  test('does not know their variables', () => {
    const known = Object.values(configWith(extensions).variables).map(({ name }) => name);
    const theirs = gone.flatMap(({ configuration = {} }) => Object.values(configuration as Record<string, { readonly name: string }>).map(({ name }) => name));
    expect(known.filter((name) => theirs.includes(name))).toEqual([]);
    expect(theirs).toEqual(expect.arrayContaining(Object.keys(left.wrong)));
  });

  test('starts with their variables wrong, has none of their routes and tables, and completes an order', async () => {
    const cc = await startTestCoordinator({
      ROLES: 'api,readers', OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', PAYMENTS_URL: provider.url, ...left.wrong,
    }, { loaded: without(left) });
    try {
      const routes = gone.flatMap(({ routes: theirs = [] }) => theirs.map((route) => route.replaceAll(/:\w+/g, 'any').split(' ') as [string, string]));
      const answers = await Promise.all(routes.map(async ([method, path]) => (await cc.call(method, path, method === 'GET' ? {} : { body: {} })).status));
      expect(answers).toEqual(routes.map(() => 404));
      const { rows } = await cc.pool.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = ANY ($1)", [gone.flatMap(({ tables = [] }) => tables)]);
      expect(rows).toEqual([]);

      const lines = [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }, { sku: 'NW-2', quantity: 1, unitPrice: '5.00' }];
      const { body: { orderId } } = await cc.call('POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines }, headers: { 'idempotency-key': 'one' } });
      const reaches = (status: string): Promise<unknown> => eventually(`the order is ${status}`, async () => (await cc.call('GET', `/orders/${orderId}`)).body.status === status);
      await reaches('fulfilling');
      await cc.log.appendForeign([of.settle(orderId, 'completed')]);
      await reaches('completed');
    } finally {
      await cc.stop();
    }
  });
});

test.each(['orders', 'inventory', 'payments', 'fulfillment', 'shipping', 'catalog'])('%s cannot be left out alone: whoever needs it is named', (name) => {
  const needing = ALL.filter(({ needs = [] }) => needs.includes(name)).map((one) => one.name);
  expect(needing).not.toEqual([]);
  const check = (): void => checkLoaded(without({ out: [name], silent: {}, wrong: {} }));
  expect(check).toThrow(MapRefused);
  for (const one of needing) expect(check).toThrow(`The extension ${one} needs ${name}, which is not loaded`);
});
