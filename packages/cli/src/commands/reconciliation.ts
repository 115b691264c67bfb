/** `reconciliation`: how far Commerce Coordinator and Order Fulfillment agree, and what was mended. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { fields } from '../text.ts';
import type { Perform, Work } from '../work.ts';

const form = z.looseObject({
  lastRunAt: z.string().nullish(), lastError: z.unknown().optional(), healed: z.record(z.string(), z.number()), waiting: z.number(), unacknowledged: z.number(),
});

const EXAMPLES = `
healed         differences that were found and mended: an outcome that had not arrived, a request that had been lost
waiting        orders that were asked for and have no outcome yet
unacknowledged outcomes that Order Fulfillment has and Commerce Coordinator has not confirmed

Example:
  cli reconciliation --json
`;

export function addReconciliation(program: Command, perform: Perform): void {
  addExamples(program.command('reconciliation'), EXAMPLES).description('how far both services agree (needs the scope orders:read)').action(perform(show));
}

async function show(work: Work): Promise<void> {
  work.show(await (await work.api('cc', 'operator')).call('GET', '/reconciliation'), form, ({ lastRunAt, lastError, healed, waiting, unacknowledged }, time) => fields([
    ['last run', time(lastRunAt)],
    ...(lastError === undefined || lastError === null ? [] : [['last error', typeof lastError === 'string' ? lastError : JSON.stringify(lastError)] as const]),
    ...Object.entries(healed).map(([difference, count]) => [`healed, ${difference}`, String(count)] as const),
    ['waiting', String(waiting)],
    ['unacknowledged', String(unacknowledged)],
  ]));
}
