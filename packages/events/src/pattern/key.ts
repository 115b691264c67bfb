/**
 * What a value of a pattern asks of one leaf, in the few forms that can be looked up: each operator says what it asks in
 * keys, and a rule set finds the keys of a leaf without trying rule after rule.
 */
import { addressBits } from './ip-address.ts';
import { foldAscii } from './ignore-case.ts';
import type { Leaf } from './leaf.ts';
import { SpelledNumber } from './leaf.ts';

export type Key =
  | { readonly kind: 'any' }
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'prefix' | 'suffix'; readonly text: string; readonly folded: boolean }
  /** The text in any case; `text` is folded. */
  | { readonly kind: 'folded'; readonly text: string }
  | NumberRange
  /** Addresses that begin with these bits. */
  | { readonly kind: 'address'; readonly bits: string }
  /** A test of a string that cannot be looked up, but for the strings that do not contain what it needs ('' if nothing). */
  | { readonly kind: 'test'; readonly test: (text: string) => boolean; readonly needs: string };

export interface NumberRange {
  readonly kind: 'range';
  readonly bottom: number;
  readonly withBottom: boolean;
  readonly top: number;
  readonly withTop: boolean;
}

/** One value of a field's list: a leaf passes with any of the keys, or, with `unless`, with none of them. */
export interface Predicate {
  readonly keys: readonly Key[];
  readonly unless: boolean;
}

export type LeafTest = (leaf: Leaf) => boolean;

/** The test of a list of values: one of them has to pass. */
export function testOf(predicates: readonly Predicate[]): LeafTest {
  const tests = predicates.map(({ keys, unless }): LeafTest => {
    const any = keys.map(testOfKey);
    return (leaf) => any.some((test) => test(leaf)) !== unless;
  });
  return (leaf) => tests.some((test) => test(leaf));
}

function testOfKey(key: Key): LeafTest {
  switch (key.kind) {
    case 'any':
      return () => true;
    case 'leaf': {
      const wanted = key.leaf;
      return wanted instanceof SpelledNumber ? (leaf) => leaf instanceof SpelledNumber && leaf.text === wanted.text : (leaf) => leaf === wanted;
    }
    case 'prefix':
      return ifString((text) => (key.folded ? foldAscii(text) : text).startsWith(key.text));
    case 'suffix':
      return ifString((text) => (key.folded ? foldAscii(text) : text).endsWith(key.text));
    case 'folded':
      return ifString((text) => foldAscii(text) === key.text);
    case 'range':
      return (leaf) => typeof leaf === 'number' && isWithin(key, leaf);
    case 'address':
      return ifString((text) => addressBits(text)?.startsWith(key.bits) ?? false);
    case 'test':
      return ifString(key.test);
  }
}

/** True if the number lies in the range. */
export function isWithin({ bottom, withBottom, top, withTop }: NumberRange, number: number): boolean {
  return (withBottom ? number >= bottom : number > bottom) && (withTop ? number <= top : number < top);
}

function ifString(test: (text: string) => boolean): LeafTest {
  return (leaf) => typeof leaf === 'string' && test(leaf);
}
