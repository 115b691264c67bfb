/** ListTargetsByRule: the targets as they were given. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, ruleNameForm } from './names.ts';
import { page, pagingForm } from './paging.ts';

const schema = z.strictObject({ Rule: ruleNameForm, EventBusName: busForm, ...pagingForm });

export const listTargetsByRule: EventsAction = (input, { buses }) => {
  const { Rule, EventBusName, ...paging } = readInput(schema, input);
  const { items, NextToken } = page([...buses.getRule(EventBusName, Rule).targets.values()], paging);
  return { Targets: items.map(({ form }) => form), NextToken };
};
