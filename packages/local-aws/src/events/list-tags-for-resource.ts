/** ListTagsForResource. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ ResourceARN: z.string().min(1).max(1_600) });

export const listTagsForResource: EventsAction = (input, { tags }) => ({ Tags: tags.of(readInput(schema, input).ResourceARN) });
