/**
 * Finds among many prefixes (or suffixes) those that a text has, in the time of one binary search: sorted, all that a text
 * begins with lie on the chain from its nearest predecessor to that one's own longest prefix, and so on.
 */
import { addAll, noBits, setBit, type Bits } from './bits.ts';

export class AffixIndex {
  readonly #isSuffix: boolean;
  readonly #size: number;
  readonly #byAffix = new Map<string, Bits>();
  #sorted: readonly string[] = [];
  #bits: readonly Bits[] = [];
  /** For each affix the place of the longest other one that it has itself, or -1. */
  #longestOther = new Int32Array(0);

  constructor(kind: 'prefix' | 'suffix', size: number) {
    this.#isSuffix = kind === 'suffix';
    this.#size = size;
  }

  add(affix: string, branch: number): void {
    const bits = this.#byAffix.get(affix) ?? noBits(this.#size);
    setBit(bits, branch);
    this.#byAffix.set(affix, bits);
  }

  /** To be called once, after the last `add`. */
  finish(): void {
    const entries = [...this.#byAffix].sort(([left], [right]) => (this.#isAfter(left, right) ? 1 : -1));
    this.#sorted = entries.map(([affix]) => affix);
    this.#bits = entries.map(([, bits]) => bits);
    this.#longestOther = new Int32Array(entries.length).fill(-1);
    for (let at = 1; at < entries.length; at += 1) this.#longestOther[at] = this.#nextOn(at - 1, this.#sorted[at] ?? '');
  }

  /** Adds the branches of all affixes of the text. */
  collect(text: string, into: Bits): void {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isAfter(this.#sorted[middle] ?? '', text)) high = middle;
      else low = middle + 1;
    }
    for (let at = this.#nextOn(low - 1, text); at >= 0; at = this.#longestOther[at] ?? -1) {
      const bits = this.#bits[at];
      if (bits !== undefined) addAll(into, bits);
    }
  }

  /** The first on the chain from `at` that the text has. */
  #nextOn(at: number, text: string): number {
    let next = at;
    while (next >= 0 && !this.#has(text, this.#sorted[next] ?? '')) next = this.#longestOther[next] ?? -1;
    return next;
  }

  #has(text: string, affix: string): boolean {
    return this.#isSuffix ? text.endsWith(affix) : text.startsWith(affix);
  }

  #isAfter(left: string, right: string): boolean {
    return this.#isSuffix ? isAfterFromEnd(left, right) : left > right;
  }
}

/** Compares two texts read from their ends. */
function isAfterFromEnd(left: string, right: string): boolean {
  const shorter = Math.min(left.length, right.length);
  for (let back = 1; back <= shorter; back += 1) {
    const difference = left.charCodeAt(left.length - back) - right.charCodeAt(right.length - back);
    if (difference !== 0) return difference > 0;
  }
  return left.length > right.length;
}
