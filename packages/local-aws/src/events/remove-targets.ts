/** RemoveTargets. An id that the rule does not have is no fault. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, ruleNameForm, targetIdForm } from './names.ts';

const schema = z.strictObject({
  Rule: ruleNameForm, EventBusName: busForm, Ids: z.array(targetIdForm).min(1).max(100), Force: z.boolean().optional(),
});

export const removeTargets: EventsAction = (input, { buses }) => {
  const { Rule, EventBusName, Ids } = readInput(schema, input);
  const { targets } = buses.getRule(EventBusName, Rule);
  for (const id of Ids) targets.delete(id);
  return { FailedEntryCount: 0, FailedEntries: [] };
};
