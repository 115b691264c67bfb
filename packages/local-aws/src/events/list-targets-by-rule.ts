/** ListTargetsByRule, always as one page: a rule has five targets at most. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { writeTarget } from './target-form.ts';

const schema = z.strictObject({ Rule: z.string(), EventBusName: z.string().default(DEFAULT_BUS), Limit: z.int().optional() });

export const listTargetsByRule: EventsAction = (input, { buses }) => {
  const { Rule, EventBusName } = readInput(schema, input);
  return { Targets: [...buses.getRule(EventBusName, Rule).targets.values()].map(writeTarget) };
};
