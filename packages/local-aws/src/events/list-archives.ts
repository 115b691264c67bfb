/** ListArchives. */
import { z } from 'zod';
import { summary } from './archive-form.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { page, pagingForm } from './paging.ts';

const schema = z.strictObject({
  NamePrefix: z.string().default(''),
  EventSourceArn: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'CREATING', 'UPDATING', 'CREATE_FAILED', 'UPDATE_FAILED']).optional(),
  ...pagingForm,
});

export const listArchives: EventsAction = (input, { archives, buses, clock }) => {
  const { NamePrefix, EventSourceArn, State, ...paging } = readInput(schema, input);
  const source = EventSourceArn === undefined ? undefined : buses.get(EventSourceArn).arn;
  const isWanted = State === undefined || State === 'ENABLED';
  const wanted = archives.list().filter(({ name, sourceArn }) => isWanted && name.startsWith(NamePrefix) && (source ?? sourceArn) === sourceArn);
  const { items, NextToken } = page(wanted, paging);
  return { Archives: items.map((archive) => summary(archive, clock.nowMs())), NextToken };
};
