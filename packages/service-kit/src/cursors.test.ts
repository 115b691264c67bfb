import { describe, expect, test } from '@jest/globals';
import { createCursors } from './cursors.ts';

describe('a cursor', () => {
  const cursors = createCursors(Buffer.alloc(32, 7));
  const sealed = cursors.seal('orders of VINET', '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d');

  test('opens where it was made', () => {
    expect(cursors.open('orders of VINET', sealed)).toBe('0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d');
  });

  test('does not open for another list', () => expect(cursors.open('orders of TOMSP', sealed)).toBeUndefined());

  test('made with another key does not open', () => {
    expect(cursors.open('orders of VINET', createCursors(Buffer.alloc(32, 8)).seal('orders of VINET', 'x'))).toBeUndefined();
  });

  test('does not open when any character of it was changed, cut or added', () => {
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A';
      expect(cursors.open('orders of VINET', sealed.slice(0, index) + other + sealed.slice(index + 1))).toBeUndefined();
    }
    for (const text of ['', '.', 'x', '💣', sealed.slice(0, -1), `${sealed}A`, `${sealed}.${sealed}`]) {
      expect(cursors.open('orders of VINET', text)).toBeUndefined();
    }
  });
});
