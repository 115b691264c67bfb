/** TestEventPattern: what the matcher says of a pattern and an event, without any bus. Both are judged as they are spelled. */
import { InvalidEvent } from '@commerce/events/pattern';
import { z } from 'zod';
import { validationError } from '../aws-error.ts';
import { compile } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ EventPattern: z.string().max(4_096), Event: z.string() });
const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

export const testEventPattern: EventsAction = (input) => {
  const { EventPattern, Event } = readInput(schema, input);
  const pattern = compile(EventPattern);
  try {
    const result = pattern.matchesText(Event);
    if (isComplete(JSON.parse(Event))) return { Result: result };
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
  }
  throw validationError('Parameter Event is not valid.');
};

function isComplete(event: object): boolean {
  return REQUIRED.every((name) => Object.hasOwn(event, name));
}
