/** Why something is done, as an operator gives it: a code for programs, a sentence for people. */
import type { Command } from 'commander';
import { UsageFault } from './failures.ts';
import { query } from './paths.ts';

export interface ReasonOptions {
  readonly reason?: string;
  readonly message?: string;
}

/** For what may be done without a reason. */
export function addReasonOptions(command: Command): Command {
  return command.option('--reason <code>', 'why, for the record: a code such as customer_asked').option('--message <text>', 'the same for people');
}

/** The member `reason` of a request, when one is given. Throws UsageFault. */
export function whyOf({ reason, message }: ReasonOptions): { reason?: ReturnType<typeof reasonOf> } {
  if (reason === undefined && message !== undefined) throw new UsageFault('--message stands beside --reason CODE.');
  return reason === undefined ? {} : { reason: reasonOf(reason, message) };
}

/** The same as the query of a request without a body. Throws UsageFault. */
export function whyQuery(options: ReasonOptions): string {
  const { reason } = whyOf(options);
  return query({ reason: reason?.code, message: reason?.message });
}

/** The member `reason` of a request. Throws UsageFault. */
export function reasonOf(code: string, message: string | undefined): { code: string; message?: string } {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(code)) throw new UsageFault('--reason is a code of small letters, digits and "_", such as customer_changed_mind. Text for people goes to --message.');
  return { code, ...(message !== undefined && { message }) };
}
