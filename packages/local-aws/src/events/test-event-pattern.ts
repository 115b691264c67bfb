/** TestEventPattern: what the matcher says of a pattern and an event, without any bus. */
import { z } from 'zod';
import { validationError } from '../aws-error.ts';
import { compile } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';

const schema = z.strictObject({ EventPattern: z.string(), Event: z.string() });
const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

export const testEventPattern: EventsAction = (input) => {
  const { EventPattern, Event } = readInput(schema, input);
  const pattern = compile(EventPattern);
  return { Result: pattern.matches(readEvent(Event)) };
};

function readEvent(text: string): object {
  const event = parse(text);
  const isComplete = typeof event === 'object' && event !== null && REQUIRED.every((name) => Object.hasOwn(event, name));
  if (!isComplete) throw validationError('Parameter Event is not valid.');
  return event;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
