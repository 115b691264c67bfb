import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestLms } from './test-lms.ts';
import type { TestLms } from './test-lms.ts';
import { TEST_LMS, TEST_SECRETS_KEY, requestFor, startTestService } from './test-service.ts';
import type { TestService } from './test-service.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let lms: TestLms;
let service: TestService;
let directory: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'of-crash-'));
  lms = await startTestLms();
  // Takes requests in this process; what follows is done by processes that may be killed.
  service = await startTestService({ ROLES: 'api', LMS_URL: lms.url });
});
afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await service?.stop();
  await lms?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A process of the service with the role readers. Its bus cannot be reached, and nobody calls it back. */
async function startReaders(faultPoints: string): Promise<ChildProcess> {
  const clientsFile = join(directory, 'clients.json');
  await writeFile(clientsFile, JSON.stringify({ clients: [{ clientId: 'commerce-coordinator', providers: { default: 'instant' } }] }));
  const child = spawn(process.execPath, [MAIN], {
    env: {
      NODE_ENV: 'test', LOG_LEVEL: 'silent', ROLES: 'readers', OF_PORT: '0', DATABASE_URL: service.databaseUrl, CLIENTS_FILE: clientsFile,
      EVENT_BUS_NAME: 'unused', AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test',
      OF_URL: 'http://127.0.0.1:1', LMS_URL: lms.url, LMS_API_KEY: TEST_LMS.apiKey, LMS_CALLBACK_SECRET: TEST_LMS.secret, CLIENT_SECRETS_KEY: TEST_SECRETS_KEY, LMS_FIRST_CHECK_MS: '100', WAREHOUSE_PACKING_MS: '50',
      FAULT_POINTS: faultPoints,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

describe('A process that is killed', () => {
  test('right after the LMS took effect, before the outcome was kept, leaves it to the next, and nothing is carried out twice', async () => {
    const body = requestFor(['course', 'course', 'physical']);
    const { fulfillmentId } = (await service.request(body, 'killed')).body;
    const first = await startReaders('ask.answered');
    const [, signal] = await once(first, 'exit');
    expect(signal).toBe('SIGKILL');
    expect((await lms.effects(body.orderId)).map(({ effects }) => effects)).toEqual([1, 1]);
    expect((await service.call(`/v1/fulfillments/${fulfillmentId}`)).body.lines.slice(0, 2).map((line: { status: string }) => line.status)).toEqual(['pending', 'pending']);

    await startReaders('');
    const done = await eventually('the next process completes it', async () => {
      const answer = await service.call(`/v1/fulfillments/${fulfillmentId}`);
      return answer.body.status === 'completed' && answer.body;
    }, 60_000);
    expect(done.lines.map((line: { status: string }) => line.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect((await lms.effects(body.orderId)).map(({ effects }) => effects)).toEqual([1, 1]);
    const { rows } = await service.pool.query('SELECT line_id, effects FROM provider_ledger WHERE order_id = $1', [body.orderId]);
    expect(rows).toEqual([{ line_id: '3', effects: 1 }]);
    const ends = (await service.history(body.orderId)).filter(({ type }) => type === 'FulfillmentCompleted');
    expect(ends).toHaveLength(1);
  });
});
