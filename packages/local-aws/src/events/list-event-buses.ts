/** ListEventBuses. There are so few that the answer is always one page. */
import { z } from 'zod';
import { describe } from './describe-event-bus.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ NamePrefix: z.string().default(''), Limit: z.int().optional() });

export const listEventBuses: EventsAction = (input, { buses }) => {
  const { NamePrefix } = readInput(schema, input);
  return { EventBuses: buses.list().filter(({ name }) => name.startsWith(NamePrefix)).map(describe) };
};
