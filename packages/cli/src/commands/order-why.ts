/** `order why`: what an order waits for, what happens by itself next, and what a person may do. */
import type { Command } from 'commander';
import { z } from 'zod';
import { path } from '../paths.ts';
import { printable } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

const whyForm = z.looseObject({
  orderId: z.string(), orderNumber: z.number(), status: z.string(), needsCare: z.boolean(), pastPromiseMs: z.number().nullable(), waitsFor: z.string(), nextStep: z.string(), acts: z.array(z.string()),
  lastError: z.looseObject({ handler: z.string(), attempt: z.number(), code: z.string(), message: z.string(), at: z.string().nullable() }).nullable(),
});
type Why = z.infer<typeof whyForm>;

const DEFAULT_CLIENT = 'operator';

export function addWhy(orders: Command, perform: Perform): void {
  orders.command('why').description('why an order is where it is: one sentence, what happens by itself next, and what you may do').argument('<id>').action(perform(why));
}

async function why(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', `${path`/orders/${id}`}/care`), whyForm, whyText);
}

function whyText({ orderId, orderNumber, status, needsCare, pastPromiseMs, waitsFor, nextStep, acts, lastError }: Why, time: Time): string {
  const late = pastPromiseMs === null ? '' : `, ${span(pastPromiseMs)} past its promise`;
  const lines = [
    `Order ${orderNumber} is ${status}${late}. ${waitsFor}`,
    ...(lastError === null ? [] : [`Last error: ${lastError.handler} at attempt ${lastError.attempt}${lastError.at === null ? '' : `, ${time(lastError.at)}`}: ${lastError.message}`]),
    `Next: ${nextStep}`,
    acts.length === 0 ? 'You can do nothing with it now.' : `You may: ${acts.join(', ')}.${needsCare ? '' : ' It needs nothing of you.'}`,
  ];
  const [act] = acts;
  const command = act === undefined || !needsCare ? '' : `  cli order ${act} ${orderId} --reason CODE\n`;
  return `${lines.map((line) => `${printable(line)}\n`).join('')}${printable(command.trimEnd())}${command === '' ? '' : '\n'}`;
}

function span(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
