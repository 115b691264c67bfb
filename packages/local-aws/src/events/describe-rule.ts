/** DescribeRule. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';
import type { Rule } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ Name: z.string(), EventBusName: z.string().default(DEFAULT_BUS) });

export const describeRule: EventsAction = (input, { buses }) => {
  const { Name, EventBusName } = readInput(schema, input);
  return describe(buses.getRule(EventBusName, Name));
};

/** A rule as EventBridge tells of it. */
export function describe({ name, arn, patternText, state, description, busName }: Rule): object {
  return { Name: name, Arn: arn, EventPattern: patternText, State: state, Description: description, EventBusName: busName };
}
