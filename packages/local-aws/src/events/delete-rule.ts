/** DeleteRule. A rule that is not there is no fault; one with targets is refused. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, ruleNameForm } from './names.ts';

const schema = z.strictObject({ Name: ruleNameForm, EventBusName: busForm, Force: z.boolean().optional() });

export const deleteRule: EventsAction = (input, { buses }) => {
  const { Name, EventBusName } = readInput(schema, input);
  buses.deleteRule(EventBusName, Name);
  return {};
};
