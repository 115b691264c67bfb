/** PutRule. Schedules are refused by name. */
import { z } from 'zod';
import { validationError } from '../aws-error.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, descriptionForm, patternForm, ruleNameForm, tagsForm } from './names.ts';

const schema = z.strictObject({
  Name: ruleNameForm,
  EventBusName: busForm,
  EventPattern: patternForm,
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Description: descriptionForm,
  Tags: tagsForm,
});

export const putRule: EventsAction = (input, { buses, tags }) => {
  const { Name, EventBusName, EventPattern, State, Description, Tags } = readInput(schema, input);
  if (EventPattern === undefined) throw validationError('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  const rule = buses.putRule({ name: Name, busName: EventBusName, patternText: EventPattern, state: State, description: Description });
  tags.add(rule.arn, Tags ?? []);
  return { RuleArn: rule.arn };
};
