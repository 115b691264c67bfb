/**
 * The descriptions of both APIs, as the services serve them: each is started in its role `api` alone, on a database of its own,
 * with the addresses that it has by default. Nothing is called, so issuer, bus and LMS need not be there.
 */
import { compose as composeCoordinator } from '@commerce/commerce-coordinator/compose';
import { CONFIG as COORDINATOR } from '@commerce/commerce-coordinator/config';
import { compose as composeFulfillment } from '@commerce/order-fulfillment/compose';
import { CONFIG as FULFILLMENT } from '@commerce/order-fulfillment/config';
import { readConfig } from '@commerce/service-kit/config';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { OpenApiDocument } from './documents.ts';

/** File name without `.openapi.json` → the document of `/openapi.json`. */
export type ApiDescriptions = Readonly<Record<'commerce-coordinator' | 'order-fulfillment', OpenApiDocument>>;

/** Of either service: it is told nothing of a real installation. */
const EVERYWHERE = { NODE_ENV: 'test', LOG_LEVEL: 'silent', ROLES: 'api', EVENT_BUS_NAME: 'unused' };
const SECRET = Buffer.alloc(32, 1).toString('base64');
const PUBLISHER = { name: 'publisher', wants: () => false, handle: async () => undefined };

type Start = (databaseUrl: string) => Promise<{ readonly url: string; stop(): Promise<void> }>;

const STARTS: Readonly<Record<keyof ApiDescriptions, Start>> = {
  'commerce-coordinator': (databaseUrl) => composeCoordinator(readConfig(COORDINATOR, {
    ...EVERYWHERE, ROLES: 'api,ingest', CC_PORT: '0', DATABASE_URL: databaseUrl, OF_CLIENT_SECRET: SECRET, INGEST_CLIENT_SECRET: SECRET, PAYMENTS_API_KEY: SECRET, PAYMENTS_WEBHOOK_SECRET: `whsec_${SECRET}`, WEBHOOK_SECRETS_KEY: SECRET, FULFILLMENT_QUEUE_URL: 'http://127.0.0.1:1/unused',
  }), { publisher: PUBLISHER }),
  'order-fulfillment': (databaseUrl) => composeFulfillment(readConfig(FULFILLMENT, {
    ...EVERYWHERE, OF_PORT: '0', DATABASE_URL: databaseUrl, LMS_API_KEY: SECRET, LMS_CALLBACK_SECRET: `whsec_${SECRET}`, CLIENT_SECRETS_KEY: SECRET,
  }), { publisher: PUBLISHER }),
};

/** Needs the cluster that TEST_POSTGRES_URL names; leaves nothing on it. */
export async function readApiDescriptions(): Promise<ApiDescriptions> {
  const described = Object.entries(STARTS).map(async ([service, start]) => [service, await describedBy(start)] as const);
  return Object.fromEntries(await Promise.all(described)) as ApiDescriptions;
}

async function describedBy(start: Start): Promise<OpenApiDocument> {
  const database = await createTestDatabase();
  try {
    const service = await start(database.url);
    try {
      const answer = await fetch(`${service.url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(`${service.url}/openapi.json answered ${answer.status}.`);
      return (await answer.json()) as OpenApiDocument;
    } finally {
      await service.stop();
    }
  } finally {
    await database.drop();
  }
}
