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
  const values = given.map((value) => (Array.isArray(value) ? arrayText(value) : value));
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= MAX_NAMES) return { text, values };
    name = hash('sha256', text, 'hex').slice(0, 20);
    names.set(text, name);
  }
  return { name, text, values };
}

/** Runs a statement of constant text. */
export function run(db: Tx, text: string, values: readonly unknown[]): Promise<QueryResult> {
  return db.query(prepared(text, values));
}
