import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCursors } from './cursors.ts';

const cursors = createCursors(Buffer.alloc(32, 1));

describe('A cursor', () => {
  test('opens in the list in which it was sealed, and nowhere else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string({ unit: 'grapheme' }), (list, other, place) => {
        const sealed = cursors.seal(list, place);
        expect(cursors.open(list, sealed)).toBe(place);
        if (other !== list) expect(cursors.open(other, sealed)).toBeUndefined();
      }),
    );
  });

  test('does not open once a character was changed, added or taken away, nor under another key', () => {
    const sealed = cursors.seal('list', 'place');
    const changed = [...sealed].map((character, index) => `${sealed.slice(0, index)}${character === 'x' ? 'y' : 'x'}${sealed.slice(index + 1)}`);
    for (const text of [...changed, `${sealed}x`, sealed.slice(0, -1), '', '.']) expect(cursors.open('list', text)).toBeUndefined();
    expect(createCursors(Buffer.alloc(32, 2)).open('list', sealed)).toBeUndefined();
  });
});
