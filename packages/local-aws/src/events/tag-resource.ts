/** TagResource. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { tagsForm } from './names.ts';

const schema = z.strictObject({ ResourceARN: z.string().min(1).max(1_600), Tags: tagsForm.unwrap() });

export const tagResource: EventsAction = (input, { tags }) => {
  const { ResourceARN, Tags } = readInput(schema, input);
  tags.add(ResourceARN, Tags);
  return {};
};
