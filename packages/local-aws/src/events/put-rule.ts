/** PutRule: makes a rule, or replaces the one of that name and keeps its targets. Schedules are refused. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({
  Name: z.string(),
  EventBusName: z.string().default(DEFAULT_BUS),
  EventPattern: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Description: z.string().optional(),
  Tags: z.array(z.unknown()).optional(),
});

export const putRule: EventsAction = (input, { buses }) => {
  const { Name, EventBusName, EventPattern, State, Description } = readInput(schema, input);
  const rule = buses.putRule({ name: Name, busName: EventBusName, patternText: EventPattern, state: State, description: Description });
  return { RuleArn: rule.arn };
};
