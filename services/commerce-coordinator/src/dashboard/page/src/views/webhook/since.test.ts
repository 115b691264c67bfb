/** Spans as moments. */
import { expect, test } from '@jest/globals';
import { sinceOf } from './since.ts';

test.each([['all', '2000-01-01T00:00:00.000Z'], ['1h', '2026-11-22T09:00:00.000Z'], ['7d', '2026-11-15T10:00:00.000Z']] as const)('%s', (span, at) => expect(sinceOf(span, Date.parse('2026-11-22T10:00:00Z'))).toBe(at));
