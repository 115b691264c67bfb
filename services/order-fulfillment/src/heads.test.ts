/** Signed heads of the log stand in the log file, whatever its level is: from there they are kept elsewhere than in the database. */
import { createLogger } from '@commerce/service-kit/logging';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MIGRATIONS } from './compose.ts';
import { startTestService } from './test-service.ts';

test('a head that was signed is in the log file of a service that logs warnings alone', async () => {
  const database = await createTestDatabase(MIGRATIONS);
  try {
    const environment = { DATABASE_URL: database.url, SEAL_KEY: Buffer.alloc(32, 1).toString('base64') };
    const first = await startTestService(environment);
    await first.request({ orderId: 'order-1', orderNumber: 1, customer: { id: 'c' }, lines: [{ lineId: 'L1', sku: 'S', quantity: 1 }] }, 'key-1');
    // The next process seals at once.
    await first.pool.query('DELETE FROM scheduled_jobs');
    await first.stop();
    const lines: string[] = [];
    const second = await startTestService(environment, { logger: createLogger({ name: 'test', level: 'warn', destination: { write: (line) => void lines.push(line) } }) });
    try {
      const stored = async (): Promise<unknown[]> => (await second.pool.query('SELECT head FROM seal_heads')).rows.map(({ head }) => head);
      for (let turn = 0; turn < 200 && (await stored()).length === 0; turn += 1) await sleep(50);
      expect(lines.flatMap((line) => (line.includes('a head of the log was signed') ? [JSON.parse(JSON.parse(line).head)] : []))).toEqual(await stored());
      expect(lines).not.toEqual([]);
    } finally {
      await second.stop();
    }
  } finally {
    await database.drop();
  }
}, 30_000);
