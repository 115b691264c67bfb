/** AWS::Events::Rule, with its targets. */
import { z } from 'zod';
import { readTarget, targetForm } from '../events/target-form.ts';
import { tags, type ResourceKind } from './resource-kind.ts';

const properties = z.strictObject({
  Name: z.string().optional(),
  EventBusName: z.string().default('default'),
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Description: z.string().optional(),
  Targets: z.array(targetForm).default([]),
  Tags: tags,
});

export const rule: ResourceKind = (given, { buses }, generatedName) => {
  const { Name, EventBusName, EventPattern, State, Description, Targets } = properties.parse(given);
  const made = buses.putRule({
    name: Name ?? generatedName, busName: EventBusName, patternText: JSON.stringify(EventPattern), state: State, description: Description,
  });
  buses.putTargets(made, Targets.map(readTarget));
  return { ref: made.name, attributes: { Arn: made.arn } };
};
