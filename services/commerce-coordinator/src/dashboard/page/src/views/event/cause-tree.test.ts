/** The tree of causes, and walking it. */
import { describe, expect, test } from '@jest/globals';
import { treeOf, visibleRows, walked } from './cause-tree.ts';
import type { Walk } from './cause-tree.ts';

const at = (eventId: string, seconds: number) => ({ eventId, causationId: null, timestamp: new Date(seconds * 1_000).toISOString() });

/** a → b → [me] → c → d, and me → e. */
const rows = treeOf({ event: at('me', 3), causes: [at('a', 1), at('b', 2)], following: [{ ...at('c', 4), depth: 1 }, { ...at('d', 5), depth: 2 }, { ...at('e', 6.5), depth: 1 }] });
const place = (id: string): number => rows.findIndex(({ event }) => event.eventId === id);
const NONE: ReadonlySet<string> = new Set();

test('causes stand above, what came of it below, each under what caused it', () => {
  expect(rows.map(({ event, level, relation, parent, hasChildren, afterMs }) => [event.eventId, level, relation, parent === undefined ? null : rows[parent]?.event.eventId, hasChildren, afterMs])).toEqual([
    ['a', 1, 'cause', null, true, 0], ['b', 2, 'cause', 'a', true, 1_000], ['me', 3, 'self', 'b', true, 2_000],
    ['c', 4, 'after', 'me', true, 3_000], ['d', 5, 'after', 'c', false, 4_000], ['e', 4, 'after', 'me', false, 5_500],
  ]);
});

test('an event alone is a tree of one', () => {
  expect(treeOf({ event: at('me', 3), causes: [], following: [] })).toMatchObject([{ level: 1, hasChildren: false, parent: undefined, afterMs: 0 }]);
});

test('what is below a folded one is not seen', () => {
  expect(visibleRows(rows, new Set(['c'])).map((index) => rows[index]?.event.eventId)).toEqual(['a', 'b', 'me', 'c', 'e']);
  expect(visibleRows(rows, new Set(['b', 'c'])).map((index) => rows[index]?.event.eventId)).toEqual(['a', 'b']);
});

describe('keys', () => {
  const press = (id: string, key: string, folded = NONE): [string | undefined, string[]] | undefined => {
    const next: Walk | undefined = walked(rows, { at: place(id), folded }, key);
    return next && [rows[next.at]?.event.eventId, [...next.folded]];
  };
  test.each<[string, string, string[], [string, string[]]]>([
    ['me', 'ArrowDown', [], ['c', []]], ['c', 'ArrowDown', ['c'], ['e', ['c']]], ['e', 'ArrowDown', [], ['e', []]],
    ['e', 'ArrowUp', [], ['d', []]], ['a', 'ArrowUp', [], ['a', []]], ['me', 'Home', [], ['a', []]], ['me', 'End', [], ['e', []]],
    ['c', 'ArrowRight', [], ['d', []]], ['c', 'ArrowRight', ['c'], ['c', []]], ['d', 'ArrowRight', [], ['d', []]],
    ['c', 'ArrowLeft', [], ['c', ['c']]], ['c', 'ArrowLeft', ['c'], ['me', ['c']]], ['d', 'ArrowLeft', [], ['c', []]], ['a', 'ArrowLeft', ['a'], ['a', ['a']]],
  ])('at %s %s', (id, key, folded, expected) => expect(press(id, key, new Set(folded))).toEqual(expected));

  test('others do nothing', () => expect(press('me', 'x')).toBeUndefined());
});
