/** Finds the branches one of whose keys a leaf has, whatever their number. */
import { AffixIndex } from './affix-index.ts';
import { addAll, noBits, setBit, type Bits } from './bits.ts';
import { foldAscii } from './ignore-case.ts';
import { addressBits } from './ip-address.ts';
import type { Key } from './key.ts';
import { SpelledNumber, type Leaf } from './leaf.ts';
import { RangeIndex } from './range-index.ts';

export class LeafIndex {
  readonly #size: number;
  #any: Bits | undefined;
  #leaves: Map<Leaf, Bits> | undefined;
  #spellings: Map<string, Bits> | undefined;
  #foldedTexts: Map<string, Bits> | undefined;
  #prefixes: AffixIndex | undefined;
  #suffixes: AffixIndex | undefined;
  #foldedPrefixes: AffixIndex | undefined;
  #foldedSuffixes: AffixIndex | undefined;
  #addresses: AffixIndex | undefined;
  #ranges: RangeIndex | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Adds a key of a branch. A test cannot be looked up and is no key for an index. */
  add(key: Exclude<Key, { kind: 'test' }>, branch: number): void {
    switch (key.kind) {
      case 'any': setBit((this.#any ??= noBits(this.#size)), branch); break;
      case 'leaf':
        if (key.leaf instanceof SpelledNumber) this.#put((this.#spellings ??= new Map()), key.leaf.text, branch);
        else this.#put((this.#leaves ??= new Map()), key.leaf, branch);
        break;
      case 'folded': this.#put((this.#foldedTexts ??= new Map()), key.text, branch); break;
      case 'prefix':
        if (key.folded) (this.#foldedPrefixes ??= new AffixIndex('prefix', this.#size)).add(key.text, branch);
        else (this.#prefixes ??= new AffixIndex('prefix', this.#size)).add(key.text, branch);
        break;
      case 'suffix':
        if (key.folded) (this.#foldedSuffixes ??= new AffixIndex('suffix', this.#size)).add(key.text, branch);
        else (this.#suffixes ??= new AffixIndex('suffix', this.#size)).add(key.text, branch);
        break;
      case 'address': (this.#addresses ??= new AffixIndex('prefix', this.#size)).add(key.bits, branch); break;
      case 'range': (this.#ranges ??= new RangeIndex(this.#size)).add(key, branch); break;
    }
  }

  /** To be called once, after the last `add`. */
  finish(): void {
    for (const index of [this.#prefixes, this.#suffixes, this.#foldedPrefixes, this.#foldedSuffixes, this.#addresses, this.#ranges]) index?.finish();
  }

  /** Adds the branches that have a key of the leaf. */
  collect(leaf: Leaf, into: Bits): void {
    if (this.#any !== undefined) addAll(into, this.#any);
    if (leaf instanceof SpelledNumber) {
      addFound(this.#spellings?.get(leaf.text), into);
      return;
    }
    if (this.#leaves !== undefined) addFound(this.#leaves.get(leaf), into);
    if (typeof leaf === 'string') this.#collectText(leaf, into);
    else if (typeof leaf === 'number') this.#ranges?.collect(leaf, into);
  }

  #collectText(text: string, into: Bits): void {
    this.#prefixes?.collect(text, into);
    this.#suffixes?.collect(text, into);
    if (this.#foldedTexts !== undefined || this.#foldedPrefixes !== undefined || this.#foldedSuffixes !== undefined) {
      const folded = foldAscii(text);
      addFound(this.#foldedTexts?.get(folded), into);
      this.#foldedPrefixes?.collect(folded, into);
      this.#foldedSuffixes?.collect(folded, into);
    }
    if (this.#addresses === undefined) return;
    const bits = addressBits(text);
    if (bits !== undefined) this.#addresses.collect(bits, into);
  }

  #put<Value>(map: Map<Value, Bits>, value: Value, branch: number): void {
    const bits = map.get(value) ?? noBits(this.#size);
    setBit(bits, branch);
    map.set(value, bits);
  }
}

function addFound(found: Bits | undefined, into: Bits): void {
  if (found !== undefined) addAll(into, found);
}
