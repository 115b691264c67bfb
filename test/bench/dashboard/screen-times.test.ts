/** How long events took to the screen, out of what stood on top and when. */
import { expect, test } from '@jest/globals';
import { screenTimes } from './screen-times.ts';

const events = [{ eventId: 'a', atMs: 0 }, { eventId: 'b', atMs: 100 }, { eventId: 'c', atMs: 190 }, { eventId: 'd', atMs: 300 }];

test('what was never on top itself was on the screen when a later one was', () => expect(screenTimes(events, [[50, 'a'], [250, 'c']])).toEqual([50, 60, 150]));
test('what comes after the last one on top is left out, and one that nobody knows is passed over', () => expect(screenTimes(events, [[10, 'z'], [40, 'a']])).toEqual([40]));
test('nothing is counted twice when the list is drawn again with an older one on top', () => expect(screenTimes(events, [[200, 'b'], [210, 'a'], [220, 'c']])).toEqual([30, 100, 200]));
