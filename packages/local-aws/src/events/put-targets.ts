/** PutTargets: all targets of the request or none. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm, ruleNameForm } from './names.ts';
import { readTarget, targetForm } from './target-form.ts';

const schema = z.strictObject({ Rule: ruleNameForm, EventBusName: busForm, Targets: z.array(targetForm).min(1).max(100) });

export const putTargets: EventsAction = (input, { buses }) => {
  const { Rule, EventBusName, Targets } = readInput(schema, input);
  buses.putTargets(buses.getRule(EventBusName, Rule), Targets.map(readTarget));
  return { FailedEntryCount: 0, FailedEntries: [] };
};
