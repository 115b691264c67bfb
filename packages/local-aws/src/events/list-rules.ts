/** ListRules. */
import { z } from 'zod';
import { describe } from './describe-rule.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm } from './names.ts';
import { page, pagingForm } from './paging.ts';

const schema = z.strictObject({ EventBusName: busForm, NamePrefix: z.string().default(''), ...pagingForm });

export const listRules: EventsAction = (input, { buses }) => {
  const { EventBusName, NamePrefix, ...paging } = readInput(schema, input);
  const rules = [...buses.get(EventBusName).rules.values()].filter(({ name }) => name.startsWith(NamePrefix));
  const { items, NextToken } = page(rules, paging);
  return { Rules: items.map(describe), NextToken };
};
