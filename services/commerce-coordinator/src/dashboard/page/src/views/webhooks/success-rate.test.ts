/** Success as it is read. */
import { expect, test } from '@jest/globals';
import { successRate } from './success-rate.ts';

test.each([[0, 0, undefined], [4, 4, '100 %'], [3, 2, '66.7 %'], [10_000, 9_999, '99.9 %'], [5, 0, '0.0 %']])('of %i attempts %i: %s', (attempts, delivered, text) => expect(successRate({ attempts, delivered })).toBe(text));
