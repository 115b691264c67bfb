/**
 * The client of the fulfilling side, as the configuration says; closed on the way down. Around a request for fulfillment are points where
 * a test may end the process: `fulfillment.token` with a new token, `fulfillment.asking` before the call, `fulfillment.answered` after it.
 */
import { clientCredentials, createFulfillmentClient } from '@commerce/fulfillment-client';
import type { Offered } from '../../offered.ts';
import type { Fulfiller } from './fulfiller.ts';
import { notedFulfiller } from './noted-calls.ts';

interface ClientSettings {
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fulfillmentUrl: string;
  /** For one call, token and connection included. */
  readonly fulfillmentTimeoutMs: number;
}

export type FulfillmentOffered = Pick<Offered<ClientSettings>, 'config' | 'logger' | 'ports' | 'calls' | 'onStop'>;

export function openFulfiller({ config, logger, calls, ports: { clock, sleep, random, faults }, onStop }: FulfillmentOffered): Fulfiller {
  const { issuerUrl, clientId, clientSecret, fulfillmentUrl, fulfillmentTimeoutMs: timeoutMs } = config;
  const withPoint = async <T>(value: T, name: string): Promise<T> => {
    await faults.hit(name);
    return value;
  };
  const tokens = clientCredentials({ issuerUrl, clientId, clientSecret, resource: fulfillmentUrl, timeoutMs, clock, sleep, random });
  const client = createFulfillmentClient({
    baseUrl: fulfillmentUrl, timeoutMs, clock, sleep, random,
    credentials: { ...tokens, get: async (signal) => withPoint(await tokens.get(signal), 'fulfillment.token') },
    onStateChange: (state) => logger.warn({ reason: state }, 'the way to the fulfilling side changed its state'),
  });
  onStop(() => client.close());
  const asking: Fulfiller = {
    ...client,
    async request(...asked) {
      await faults.hit('fulfillment.asking');
      return withPoint(await client.request(...asked), 'fulfillment.answered');
    },
  };
  return calls === undefined ? asking : notedFulfiller(asking, calls, () => clock.monotonicMs());
}
