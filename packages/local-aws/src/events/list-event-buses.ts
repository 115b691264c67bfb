/** ListEventBuses. */
import { z } from 'zod';
import { describe } from './describe-event-bus.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { page, pagingForm } from './paging.ts';

const schema = z.strictObject({ NamePrefix: z.string().default(''), ...pagingForm });

export const listEventBuses: EventsAction = (input, { buses }) => {
  const { NamePrefix, ...paging } = readInput(schema, input);
  const { items, NextToken } = page(buses.list().filter(({ name }) => name.startsWith(NamePrefix)), paging);
  return { EventBuses: items.map(describe), NextToken };
};
