/**
 * The ingest as a process of its own, with nothing but what it needs, beside an API side that is killed under load: over HTTP and over gRPC.
 * The provider is told in time that nobody is there, its retry succeeds, and every webhook has its effect, once.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, startTestProcess } from '@commerce/service-kit/test-process';
import type { TestProcess } from '@commerce/service-kit/test-process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { playProvider } from '../kit/webhooks.ts';
import type { TestProvider } from '../kit/webhooks.ts';

const MAIN = new URL('../../services/commerce-coordinator/src/main.ts', import.meta.url);
const ANSWER_LIMIT_MS = 5_000;

describe('Webhooks at an ingest that runs alone', () => {
  let pair: Pair;
  let provider: TestProvider;
  const ingests = new Map<string, TestProcess>();
  beforeAll(async () => {
    const grpcPort = String(await freePort());
    // Nobody asks the provider while this runs: what an order knows of its payment came by webhook.
    pair = await startPair({ environment: { cc: { ROLES: 'api,consumer,readers', CC_GRPC_PORT: grpcPort, PAYMENTS_ASK_AFTER_MS: '600000' } }, restartDelayMs: 1_000 });
    provider = await playProvider(pair);
    const { cc, issuer, clients, inside, ingest } = pair.stack.description;
    const needed = {
      ROLES: 'ingest', DATABASE_URL: inside.ccDatabaseUrl, ISSUER_URL: issuer, CC_URL: cc, CC_PORT: '0', INGEST_CLIENT_SECRET: clients['ingest']?.secret ?? '', PAYMENTS_WEBHOOK_SECRET: ingest.secrets.standard, LOG_LEVEL: 'silent',
    };
    const ways = { http: { API_BASE_URL: cc }, grpc: { WEBHOOK_MODE: 'grpc', API_GRPC_ADDRESS: `127.0.0.1:${grpcPort}` } };
    for (const [mode, own] of Object.entries(ways)) ingests.set(mode, await startTestProcess(MAIN, () => ({ ...needed, ...own })));
  }, 120_000);
  afterAll(async () => {
    for (const ingest of ingests.values()) await ingest.stop();
    await pair?.stop();
  }, 60_000);

  test('have their effect once, though the API side is killed while they come; who is not served hears it in time', async () => {
    const orderIds = await provider.waiting(60);
    const [overHttp, overGrpc] = [orderIds.slice(0, 30), orderIds.slice(30)];
    const killed = (async () => {
      await wait(500);
      pair.process('cc').signal('SIGKILL');
    })();
    const told = await Promise.all([['http', overHttp], ['grpc', overGrpc]].map(async ([mode, own]) => provider.tellAll(ingests.get(mode as string)?.url ?? '', own as string[], () => killed)));
    for (const answers of told) {
      const statuses = answers.map((all) => all.map(({ status }) => status));
      expect(statuses.map((all) => all.at(-1)).filter((status) => status !== 202 && status !== 200)).toEqual([]);
      const refused = statuses.flatMap((all) => all.slice(0, -1));
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.filter((status) => status !== 502 && status !== 504)).toEqual([]);
      expect(Math.max(...answers.flat().map(({ ms }) => ms))).toBeLessThan(ANSWER_LIMIT_MS);
    }
    const orders = await pair.settled(orderIds, 60_000);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(await provider.processed(orderIds)).toEqual(orderIds.map(() => 1));
  }, 120_000);
});
