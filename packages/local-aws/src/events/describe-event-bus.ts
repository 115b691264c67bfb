/** DescribeEventBus. A name that is left out means the default bus. */
import { z } from 'zod';
import type { Bus } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { busForm } from './names.ts';

const schema = z.strictObject({ Name: busForm });

export const describeEventBus: EventsAction = (input, { buses }) => describe(buses.get(readInput(schema, input).Name));

/** A bus as EventBridge tells of it. */
export function describe({ name, arn, description, createdAtMs, statements }: Bus): object {
  const policy = statements.size === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Statement: [...statements.values()] });
  const seconds = createdAtMs / 1_000;
  return { Name: name, Arn: arn, Description: description, Policy: policy, CreationTime: seconds, LastModifiedTime: seconds };
}
