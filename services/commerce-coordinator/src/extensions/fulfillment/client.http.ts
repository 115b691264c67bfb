/** The client of the fulfilling side, as the configuration says; closed on the way down. */
import { clientCredentials, createFulfillmentClient } from '@commerce/fulfillment-client';
import type { Offered } from '../../offered.ts';
import type { Fulfiller } from './fulfiller.ts';

interface ClientSettings {
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fulfillmentUrl: string;
  /** For one call, token and connection included. */
  readonly fulfillmentTimeoutMs: number;
}

export type FulfillmentOffered = Pick<Offered<ClientSettings>, 'config' | 'logger' | 'ports' | 'onStop'>;

export function openFulfiller({ config, logger, ports: { clock, sleep, random }, onStop }: FulfillmentOffered): Fulfiller {
  const { issuerUrl, clientId, clientSecret, fulfillmentUrl, fulfillmentTimeoutMs: timeoutMs } = config;
  const client = createFulfillmentClient({
    baseUrl: fulfillmentUrl, timeoutMs, clock, sleep, random,
    credentials: clientCredentials({ issuerUrl, clientId, clientSecret, resource: fulfillmentUrl, timeoutMs, clock, sleep, random }),
    onStateChange: (state) => logger.warn({ reason: state }, 'the way to the fulfilling side changed its state'),
  });
  onStop(() => client.close());
  return client;
}
