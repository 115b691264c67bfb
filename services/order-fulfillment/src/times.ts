/**
 * A point in time as a client sends it: ISO 8601 with an offset.
 * Refuses: what lies, told in UTC, beyond the years of four digits; it could not be told again in the form of every answer.
 */
import { z } from 'zod';

const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

export const pointInTime = z.iso.datetime({ offset: true }).refine((text) => {
  const timeMs = Date.parse(text);
  return timeMs >= FIRST_MS && timeMs <= LAST_MS;
}, 'must lie between the years 0000 and 9999 of UTC');
