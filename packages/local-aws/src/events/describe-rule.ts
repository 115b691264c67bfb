/** DescribeRule. */
import { z } from 'zod';
import type { Rule } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, ruleNameForm } from './names.ts';

const schema = z.strictObject({ Name: ruleNameForm, EventBusName: busForm });

export const describeRule: EventsAction = (input, { buses, account }) => {
  const { Name, EventBusName } = readInput(schema, input);
  return { ...describe(buses.getRule(EventBusName, Name)), CreatedBy: account.accountId };
};

/** A rule as EventBridge tells of it in lists. */
export function describe({ name, arn, patternText, state, description, busName }: Rule): object {
  return { Name: name, Arn: arn, EventPattern: patternText, State: state, Description: description, EventBusName: busName };
}
