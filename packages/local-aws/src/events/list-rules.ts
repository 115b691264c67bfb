/** ListRules, always as one page: a bus has 300 rules at most. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';
import { describe } from './describe-rule.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ EventBusName: z.string().default(DEFAULT_BUS), NamePrefix: z.string().default(''), Limit: z.int().optional() });

export const listRules: EventsAction = (input, { buses }) => {
  const { EventBusName, NamePrefix } = readInput(schema, input);
  const rules = [...buses.get(EventBusName).rules.values()];
  return { Rules: rules.filter(({ name }) => name.startsWith(NamePrefix)).map(describe) };
};
