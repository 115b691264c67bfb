/** DeleteEventBus. A bus that is not there is no fault; the default bus and one that still has rules are refused. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm } from './names.ts';

const schema = z.strictObject({ Name: busForm });

export const deleteEventBus: EventsAction = (input, { buses }) => {
  buses.delete(readInput(schema, input).Name);
  return {};
};
