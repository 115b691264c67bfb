/**
 * Statements of constant text, parsed and planned once per connection: their name is a hash of the text.
 */
import { hash } from 'node:crypto';
import type { QueryResult } from 'pg';
import { arrayText } from './arrays.pg.ts';
import type { Tx } from './extension.ts';
import { sqlState } from './transaction.pg.ts';

export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

const names = new Map<string, string>();
/** A text that is not constant would fill the server's memory with plans; it is run without a name instead. */
const MAX_NAMES = 500;

/** For texts that do not change from call to call. */
export function prepared(text: string, given: readonly unknown[]): Statement | Omit<Statement, 'name'> {
  const values = textsOf(given);
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= MAX_NAMES) return { text, values };
    name = hash('sha256', text, 'hex').slice(0, 20);
    names.set(text, name);
  }
  return { name, text, values };
}

function textsOf(given: readonly unknown[]): unknown[] {
  return given.map((value) => (Array.isArray(value) ? arrayText(value) : value));
}

/** From so many rows on a plan for what is there is worth its price: up to half a millisecond of the server. */
const MANY = 16;

/**
 * Runs a statement of constant text that seeks `count` rows by their keys. One for many is planned for what is there now: the server takes a table
 * that was empty when it looked for one of a single row, and a plan from then holds each of the keys against each row of the table.
 */
export function runOver(count: number, db: Tx, text: string, values: readonly unknown[]): Promise<QueryResult> {
  return count < MANY ? run(db, text, values) : db.query({ text, values: textsOf(values) });
}

/** Runs a statement of constant text. */
export function run(db: Tx, text: string, values: readonly unknown[]): Promise<QueryResult> {
  return db.query(prepared(text, values));
}

const DIVISION_BY_ZERO = '22012';

/** Of the rows that the CTE `done` returns: a division by zero, which undoes the statement and its transaction, unless they are as many as parameter `$place` says. */
export function mustBe(place: number, done: string): string {
  return `SELECT 1 / (CASE WHEN count(*) = $${place}::bigint THEN 1 ELSE 0 END) FROM ${done}`;
}

/** Waits for a statement that ends with `mustBe`: so COMMIT may stand right behind it. Throws `refused()` when the rows were not as many. */
export async function exactly(statement: Promise<unknown>, refused: () => Error): Promise<void> {
  try {
    await statement;
  } catch (error) {
    throw sqlState(error) === DIVISION_BY_ZERO ? refused() : error;
  }
}
