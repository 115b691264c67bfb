/** DescribeEventBus. A name that is left out means the default bus. */
import { z } from 'zod';
import { DEFAULT_BUS } from '../account.ts';
import type { Bus } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ Name: z.string().default(DEFAULT_BUS) });

export const describeEventBus: EventsAction = (input, { buses }) => describe(buses.get(readInput(schema, input).Name));

/** A bus as EventBridge tells of it. */
export function describe({ name, arn, description, statements }: Bus): object {
  const policy = statements.size === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Statement: [...statements.values()] });
  return { Name: name, Arn: arn, Description: description, Policy: policy };
}
