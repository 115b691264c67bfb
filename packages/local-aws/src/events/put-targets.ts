/** PutTargets: all targets of the request or none. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { readTarget, targetForm } from './target-form.ts';

const schema = z.strictObject({ Rule: z.string(), EventBusName: z.string().default(DEFAULT_BUS), Targets: z.array(targetForm).min(1).max(100) });

export const putTargets: EventsAction = (input, { buses }) => {
  const { Rule, EventBusName, Targets } = readInput(schema, input);
  buses.putTargets(buses.getRule(EventBusName, Rule), Targets.map(readTarget));
  return { FailedEntryCount: 0, FailedEntries: [] };
};
