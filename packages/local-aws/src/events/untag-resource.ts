/** UntagResource. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ ResourceARN: z.string().min(1).max(1_600), TagKeys: z.array(z.string().min(1).max(128)) });

export const untagResource: EventsAction = (input, { tags }) => {
  const { ResourceARN, TagKeys } = readInput(schema, input);
  tags.remove(ResourceARN, TagKeys);
  return {};
};
