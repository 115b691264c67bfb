import { createLogger } from '@commerce/service-kit/logging';
import { noFaults } from '@commerce/service-kit/ports';
import { freePort } from '@commerce/service-kit/test-process';
import { createFulfillments } from '../fulfillments/extension.ts';
import { createStore, findActive } from '../fulfillments/store.pg.ts';
import { startTestLms } from '../test-lms.ts';
import { TEST_LMS, startTestService } from '../test-service.ts';
import type { TestService } from '../test-service.ts';
import { instant } from './instant.ts';
import { createLms } from './lms.http.ts';
import { describeProvider } from './provider-suite.ts';
import type { ProviderUnderTest } from './provider-suite.ts';
import { createProviders } from './provider.ts';
import type { Provider } from './provider.ts';
import { recordPicks } from './warehouse.pg.ts';
import { createWarehouse } from './warehouse.ts';

function extensionOver(service: TestService, provider: Provider): ProviderUnderTest['extension'] {
  const providers = createProviders([provider]);
  return createFulfillments({
    rules: { providers, checks: { firstMs: 100, maxMs: 1_000 } }, store: createStore(providers), askConcurrency: 1,
    nowMs: Date.now, faults: noFaults, logger: createLogger({ name: 'test', level: 'silent' }),
    findActive: (clientId, fulfillmentId) => findActive(service.pool, clientId, fulfillmentId),
  });
}

const ledgerOf = (service: TestService) => async (orderId: string) =>
  (await service.pool.query('SELECT line_id AS "lineId", quantity, effects, reversals FROM provider_ledger WHERE order_id = $1', [orderId])).rows;

describeProvider('instant', 'digital', { takesBack: 'always' }, async () => {
  const service = await startTestService();
  return { service, provider: instant, extension: extensionOver(service, instant), effects: ledgerOf(service), stop: () => service.stop() };
});

describeProvider('warehouse', 'physical', { takesBack: 'never' }, async () => {
  const service = await startTestService({ WAREHOUSE_PACKING_MS: '30' });
  const warehouse = createWarehouse({ packingTimeMs: 30, carrier: 'Northwind Post', record: recordPicks });
  return { service, provider: warehouse, extension: extensionOver(service, warehouse), effects: ledgerOf(service), stop: () => service.stop() };
});

describeProvider('lms', 'course', { takesBack: 'always' }, async () => {
  const stand = await startTestLms();
  // Asked, never called back, so that every outcome comes the way of the port.
  await stand.misbehave({ loseCallback: 1 });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = await startTestService({ LMS_URL: stand.url, OF_PORT: String(port), OF_URL: url });
  const lms = createLms({ url: stand.url, apiKey: TEST_LMS.apiKey, callbackUrl: `${url}/v1/callbacks/lms`, timeoutMs: 2_000, connections: 4, nowMs: Date.now });
  return {
    service, provider: lms, extension: extensionOver(service, lms), effects: (orderId) => stand.effects(orderId),
    async stop() {
      await service.stop();
      await lms.close();
      await stand.stop();
    },
  };
});
