/** CreateEventBus. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ Name: z.string(), Description: z.string().optional(), Tags: z.array(z.unknown()).optional() });

export const createEventBus: EventsAction = (input, { buses }) => {
  const { Name, Description } = readInput(schema, input);
  const bus = buses.create(Name, Description);
  return { EventBusArn: bus.arn, Description: bus.description };
};
