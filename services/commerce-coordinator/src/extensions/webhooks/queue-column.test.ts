/** The column that the indexes of deliveries know: what stands in it of rows from before, and with each further change. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate, openDatabase } from '@commerce/service-kit/database';
import type { Database } from '@commerce/service-kit/database';
import { systemClock, systemSleep } from '@commerce/service-kit/ports';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { webhooks } from './extension.ts';
import { LEASE_BATCHES_MIGRATION } from './migrations/0009-lease-batches.ts';

const STATES = ['ready', 'leased', 'held', 'delivered', 'dead', 'discarded'];
const ENDPOINT = '0193a6a0-7100-7abc-9def-0123456789ab';
/** In no order, and in order. */
const QUEUES = [['ready', null, 'held', null, 'dead', null], ['ready', 'leased', 'held', null, 'dead', null]];
let database: TestDatabase;
let opened: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase({ url: database.url, max: 2, applicationName: 'webhooks-test' });
});
afterAll(async () => {
  await opened?.close();
  await database?.drop();
});

const put = (state: string, ordered: boolean) => opened.pool.query(
  `INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, ordered, lease_holder, due_at) VALUES (gen_random_uuid(), $1::uuid, gen_random_uuid(), 'order.created', 'o', $2::text, $3, CASE WHEN $2::text = 'leased' THEN $1::uuid END, now())`,
  [ENDPOINT, state, ordered],
);
const queues = async (): Promise<unknown[]> => {
  const { rows } = await opened.pool.query('SELECT ordered, state, queue FROM webhook_deliveries');
  return [false, true].map((ordered) => STATES.map((state) => rows.find((row) => row.ordered === ordered && row.state === state)?.queue));
};

test('has the rows from before in it, those of each later change, and of a success nothing is written but its row', async () => {
  const { pool } = opened;
  const given = { clock: systemClock, sleep: systemSleep };
  const at = webhooks.migrations.indexOf(LEASE_BATCHES_MIGRATION);
  await migrate(pool, webhooks.migrations.slice(0, at), given);
  for (const ordered of [false, true]) for (const state of STATES) await put(state, ordered);
  const { rows: [{ file: before }] } = await pool.query("SELECT pg_relation_filenode('webhook_deliveries') AS file");
  await migrate(pool, webhooks.migrations, given);
  expect(await queues()).toEqual(QUEUES);
  // Nothing of what has ended is written anew: there may be millions of them.
  expect((await pool.query("SELECT pg_relation_filenode('webhook_deliveries') AS file")).rows).toEqual([{ file: before }]);
  const { rows: batches } = await pool.query('SELECT holder, cardinality(delivery_ids) AS leased FROM webhook_lease_batches');
  expect(batches).toEqual([{ holder: ENDPOINT, leased: 2 }]);

  // Each to the next state, the last to the first.
  await pool.query('UPDATE webhook_deliveries d SET state = s.next FROM unnest($1::text[], $2::text[]) AS s(state, next) WHERE d.state = s.state', [STATES, [...STATES.slice(1), STATES[0]]]);
  expect(await queues()).toEqual(QUEUES);
  await pool.query('DELETE FROM webhook_deliveries');
  for (const ordered of [false, true]) for (const state of STATES) await put(state, ordered);
  expect(await queues()).toEqual(QUEUES);

  const counts = "SELECT n_tup_upd::integer AS updated, n_tup_hot_upd::integer AS in_place FROM pg_stat_xact_user_tables WHERE relname = 'webhook_deliveries'";
  const [, counted, , countedThen] = (await pool.query(
    `BEGIN; ${counts}; UPDATE webhook_deliveries SET state = 'delivered', attempt = 1, lease_holder = NULL, ended_at = now(), last_status = 204, took_ms = 1 WHERE state = 'leased' AND NOT ordered; ${counts}; COMMIT`,
  )) as unknown as { rows: { updated: number; in_place: number }[] }[];
  const [first, then] = [counted, countedThen].map((one) => one?.rows[0] ?? { updated: 0, in_place: 0 }) as [{ updated: number; in_place: number }, { updated: number; in_place: number }];
  expect([then.updated - first.updated, then.in_place - first.in_place]).toEqual([1, 1]);
});
