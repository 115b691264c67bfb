/** The map is drawn again only where something has changed. */
import { expect, test } from '@jest/globals';
import { keeper } from './kept.ts';

test('an element stays the same one until something of it changes', () => {
  const keep = keeper<{ id: string; position: { x: number }; data: Record<string, unknown> }>();
  const way = {};
  const elements = (rate: string, x = 0) => [{ id: 'a', position: { x }, data: { rate: '0/s', way } }, { id: 'b', position: { x: 0 }, data: { rate, way } }];
  const [a, b] = keep(elements('1/s'));
  const again = keep(elements('1/s'));
  expect([again[0] === a, again[1] === b]).toEqual([true, true]);
  const busier = keep(elements('2/s'));
  expect([busier[0] === a, busier[1] === b, busier[1]?.data['rate']]).toEqual([true, false, '2/s']);
  const moved = keep(elements('2/s', 5));
  expect([moved[0] === a, moved[1] === busier[1]]).toEqual([false, true]);
  expect(keep(elements('2/s', 5).slice(1)).map(({ id }) => id)).toEqual(['b']);
});
