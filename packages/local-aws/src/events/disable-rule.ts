/** DisableRule. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, ruleNameForm } from './names.ts';

const schema = z.strictObject({ Name: ruleNameForm, EventBusName: busForm });

export const disableRule: EventsAction = (input, { buses }) => {
  const { Name, EventBusName } = readInput(schema, input);
  buses.setState(buses.getRule(EventBusName, Name), 'DISABLED');
  return {};
};
