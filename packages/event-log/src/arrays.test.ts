import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import fc from 'fast-check';
import pg from 'pg';
import { arrayText } from './arrays.pg.ts';
import { run } from './statement.pg.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Texts that PostgreSQL stores, with what means something in an array among them. */
const storable = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', ',', ' ', '\n', 'N', 'U', 'L', 'x') }), fc.constantFrom('', 'NULL', 'null', '{}', '\\N', '\\x00'))
  .map((text) => text.replaceAll('\0', '').toWellFormed());

async function same(type: string, values: readonly unknown[]): Promise<void> {
  expect(typeof arrayText(values)).toBe('string');
  const { rows: [found] } = await run(client, `SELECT $1::${type}[] AS given`, [values]);
  const { rows: [driver] } = await client.query(`SELECT $1::${type}[] AS given`, [values]);
  expect(found.given).toEqual(driver.given);
}

test('an array of texts is read as it was given, whatever stands in them', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.option(storable)), async (texts) => {
    await same('text', texts);
    expect((await run(client, 'SELECT $1::text[] AS given', [texts])).rows[0].given).toEqual(texts);
  }), { numRuns: 300 });
});

test('an array of numbers, truths or bytes is read as the driver would have sent it', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.option(fc.double())), (numbers) => same('float8', numbers)), { numRuns: 100 });
  await fc.assert(fc.asyncProperty(fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))), (numbers) => same('bigint', numbers)), { numRuns: 50 });
  await fc.assert(fc.asyncProperty(fc.array(fc.option(fc.boolean())), (truths) => same('boolean', truths)), { numRuns: 50 });
  await fc.assert(fc.asyncProperty(fc.array(fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes)))), (bytes) => same('bytea', bytes)), { numRuns: 50 });
});

test('what only the driver can write is left to it: moments, arrays in arrays, objects', async () => {
  for (const values of [[new Date(0)], [['a', 'b'], ['c', 'd']], [{ a: 1 }]]) expect(arrayText(values)).toBe(values);
  const { rows: [found] } = await run(client, 'SELECT $1::timestamptz[] AS moments, $2::text[] AS pairs, $3::jsonb[] AS objects', [[new Date(1_000)], [['a', 'b'], ['c', 'd']], [{ a: 1 }]]);
  expect(found).toEqual({ moments: [new Date(1_000)], pairs: [['a', 'b'], ['c', 'd']], objects: [{ a: 1 }] });
});
