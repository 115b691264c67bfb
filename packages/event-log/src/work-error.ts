/**
 * The form in which a failure is kept with its row: name and message, cut to size. Handlers put no secrets into messages.
 */
import { Refused } from './extension.ts';
import type { WorkError } from './work.pg.ts';

export function workError(error: unknown, atMs: number): WorkError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof Refused ? error.code : name, message: message.toWellFormed().replaceAll('\u0000', '').slice(0, 2_000), atMs };
}
