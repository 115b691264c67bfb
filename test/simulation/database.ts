/** The database of one service as its requests and jobs meet it: a commit fails, or is done and its answer is lost. */
import type { Kernel } from './kernel.ts';

/** What a database that is away says. */
class DatabaseDown extends Error {
  readonly code = '57P03';
}

export function databaseDown(): Error {
  return new DatabaseDown('The database is away.');
}

export function isDatabaseDown(error: unknown): boolean {
  return error instanceof DatabaseDown;
}

/** Carries out what is written at once. Throws where the database is away before it, or after it. */
export function transacted<Result>(kernel: Kernel, db: 'cc.db' | 'of.db', write: () => Result): Result {
  if (kernel.isClogged(db) || kernel.fault(`${db}.refused`)) throw databaseDown();
  const result = write();
  if (kernel.fault(`${db}.unknown`)) throw databaseDown();
  return result;
}

/** The same for what is not tried again by whoever asks: it is tried here until it is known to be done. */
export function surely(act: () => void): void {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isDatabaseDown(error)) throw error;
    }
  }
}
