/**
 * Statements of constant text, parsed and planned once per connection: their name is a hash of the text.
 */
import { hash } from 'node:crypto';
import type { QueryResult } from 'pg';
import { arrayText } from './arrays.pg.ts';
import type { Tx } from './extension.ts';

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

/**
 * Runs it planned for what is there now, which costs the server about half a millisecond: for many rows, where a plan that was made while a table was
 * empty would hold each of them against each row of the table.
 */
export function runAnew(db: Tx, text: string, values: readonly unknown[]): Promise<QueryResult> {
  return db.query({ text, values: textsOf(values) });
}

/** Runs a statement of constant text. */
export function run(db: Tx, text: string, values: readonly unknown[]): Promise<QueryResult> {
  return db.query(prepared(text, values));
}
