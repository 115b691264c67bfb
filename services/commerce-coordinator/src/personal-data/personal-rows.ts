/** What of a row, or of the state that it holds, may hold something about a customer: for whoever may not see that. Pure. */
import { ERASED } from '@commerce/events/personal';
import { PERSONAL_TABLES } from './personal-columns.ts';

/** The columns of the list, as they are called in the database and in the states of handlers. */
const NAMES: ReadonlySet<string> = new Set(PERSONAL_TABLES.flatMap(({ columns }) => columns.flatMap((column) => [column, column.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())])));

/** The row with `erased` in the place of each such member that has a value, at any depth: rather too much than too little. */
export function rowAsErased(row: unknown): unknown {
  if (Array.isArray(row)) return row.map(rowAsErased);
  if (typeof row !== 'object' || row === null) return row;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value !== null && NAMES.has(name) ? ERASED : rowAsErased(value)]));
}
