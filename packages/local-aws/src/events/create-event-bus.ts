/** CreateEventBus. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busNameForm, descriptionForm, tagsForm } from './names.ts';

const schema = z.strictObject({ Name: busNameForm, Description: descriptionForm, Tags: tagsForm });

export const createEventBus: EventsAction = (input, { buses, tags }) => {
  const { Name, Description, Tags } = readInput(schema, input);
  const bus = buses.create(Name, Description);
  tags.add(bus.arn, Tags ?? []);
  return { EventBusArn: bus.arn, Description: bus.description };
};
