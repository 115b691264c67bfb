/** ListReplays. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { page, pagingForm } from './paging.ts';
import { summary } from './replay-form.ts';

const schema = z.strictObject({
  NamePrefix: z.string().default(''),
  EventSourceArn: z.string().optional(),
  State: z.enum(['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED']).optional(),
  ...pagingForm,
});

export const listReplays: EventsAction = (input, { replays }) => {
  const { NamePrefix, EventSourceArn, State, ...paging } = readInput(schema, input);
  const wanted = replays.list().filter(({ name, archive, state }) =>
    name.startsWith(NamePrefix) && (EventSourceArn ?? archive.arn) === archive.arn && (State ?? state) === state);
  const { items, NextToken } = page(wanted, paging);
  return { Replays: items.map(summary), NextToken };
};
