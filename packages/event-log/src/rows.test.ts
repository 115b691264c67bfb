import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { parameterTable } from './rows.pg.ts';
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

interface Given {
  readonly n: number;
  readonly text: string | null;
  readonly json: string | null;
  readonly bytes: Buffer;
}

const TABLE = parameterTable<Given>('t', [
  { name: 'n', type: 'integer', of: ({ n }) => n, isPlain: true }, { name: 'text', type: 'text', of: ({ text }) => text },
  { name: 'json', type: 'jsonb', of: ({ json }) => json }, { name: 'bytes', type: 'bytea', of: ({ bytes }) => bytes },
], 'place');

const rowsOf = (count: number): Given[] => Array.from({ length: count }, (_, index) => ({
  n: 4 - index, text: index % 3 === 1 ? null : `{"a", ${index}\\ "NULL"`, json: index % 3 === 2 ? null : JSON.stringify({ index, text: '\\"{},' }), bytes: Buffer.from([index, 0, 255, 92]),
}));

test.each([0, 1, 2, 8, 9, 40])('%i rows are in the statement as they were given, in their order, behind its other parameters', async (count) => {
  const given = rowsOf(count);
  const { text, values } = TABLE.rows(given, 2);
  const { rows } = await run(client, `SELECT t.n, t.text, t.json, t.bytes, t.place::integer AS place, $1::text AS other FROM ${text} ORDER BY t.place`, ['other', ...values]);
  expect(rows).toEqual(given.map(({ json, ...row }, index) => ({ ...row, json: json === null ? null : JSON.parse(json), place: index + 1, other: 'other' })));
});

test.each([1, 8, 9])('a column of %i rows can be named as an array', async (count) => {
  const given = rowsOf(count);
  const { text, values } = TABLE.rows(given, 1);
  const { rows } = await run(client, `SELECT ${TABLE.array('text', count, 1)} AS texts, ${TABLE.array('bytes', count, 1)} AS bytes FROM ${text} LIMIT 1`, values);
  expect(rows).toEqual([{ texts: given.map((row) => row.text), bytes: given.map((row) => row.bytes) }]);
});

test('the same number of rows is the same statement', () => {
  expect(TABLE.rows(rowsOf(3), 1).text).toBe(TABLE.rows(rowsOf(3), 1).text);
  expect(TABLE.rows(rowsOf(9), 1).text).toBe(TABLE.rows(rowsOf(90), 1).text);
});
