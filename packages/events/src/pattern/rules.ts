/**
 * Many patterns judged at once, in a time that hardly depends on how many they are: an event is read once, and each leaf at a
 * path that a pattern names looks up the patterns that it satisfies. What is left over, a few forms that cannot be looked
 * up and the consistency of arrays, is asked only of patterns that everything else lets through.
 */
import { ArrayConsistency, type Field } from './array-consistency.ts';
import { addAll, addExcept, hasBit, keepCommon, lowestBit, noBits, setBit, type Bits } from './bits.ts';
import { readObject } from './event-object.ts';
import { readEventText } from './event-text.ts';
import { testOf, type Key, type LeafTest, type Predicate } from './key.ts';
import { LeafIndex } from './leaf-index.ts';
import { Leaves } from './leaves.ts';
import { pathTree, type PathNode } from './path-tree.ts';
import type { Branch } from './read-pattern.ts';
import type { Values } from './read-values.ts';
import { SubstringIndex } from './substring-index.ts';

/** Judges events by the branches of many patterns. */
export class Rules {
  readonly #tree: PathNode;
  readonly #leaves: Leaves;
  readonly #columns: readonly Column[];
  /** Of each branch the number of its pattern and its fields. */
  readonly #patterns: readonly number[];
  readonly #fields: readonly (readonly Field[])[];
  readonly #all: Bits;
  readonly #left: Bits;
  readonly #met: Bits;
  readonly #refused: Bits;
  readonly #doubtful: Bits;

  constructor(patterns: readonly (readonly Branch[])[]) {
    const branches = patterns.flat();
    const paths = [...new Set(branches.flatMap((branch) => [...branch.keys()]))];
    const numbers = new Map(paths.map((path, number) => [path, number]));
    const tests = new Map<Values, LeafTest | undefined>();
    this.#patterns = patterns.flatMap((own, number) => own.map(() => number));
    this.#fields = branches.map((branch) => [...branch].map(([path, values]) => fieldOf(numbers.get(path) ?? 0, values, tests)));
    this.#tree = pathTree(paths);
    this.#leaves = new Leaves(paths.length);
    this.#columns = paths.map((path, number) => new Column(number, branches.map((branch) => branch.get(path)))).sort((left, right) => left.cost - right.cost);
    this.#all = noBits(branches.length);
    for (let branch = 0; branch < branches.length; branch += 1) setBit(this.#all, branch);
    [this.#left, this.#met, this.#refused, this.#doubtful] = [noBits(branches.length), noBits(branches.length), noBits(branches.length), noBits(branches.length)];
  }

  /** The numbers of the patterns that the object matches, in their order. */
  matchObject(event: object): number[] {
    this.#leaves.clear();
    readObject(event as Readonly<Record<string, unknown>>, this.#tree, this.#leaves);
    return this.#judge();
  }

  /** The same for an event as JSON text. Throws `InvalidEvent`. */
  matchText(json: string): number[] {
    this.#leaves.clear();
    readEventText(json, this.#tree, this.#leaves);
    return this.#judge();
  }

  #judge(): number[] {
    const leaves = this.#leaves;
    const left = this.#left;
    left.set(this.#all);
    if (leaves.anyNested) this.#doubtful.fill(0);
    for (const column of this.#columns) {
      this.#met.set(column.unasked);
      column.collect(leaves, left, this.#met, this.#refused);
      if (leaves.nested[column.path] !== 0) addExcept(this.#doubtful, this.#all, column.unasked);
      if (!keepCommon(left, this.#met)) return [];
    }
    return this.#patternsOf(left, leaves.anyNested ? new ArrayConsistency(leaves) : undefined);
  }

  #patternsOf(left: Bits, arrays: ArrayConsistency | undefined): number[] {
    const found: number[] = [];
    for (let word = 0; word < left.length; word += 1) {
      for (let bits = left[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const branch = word * 32 + lowestBit(bits);
        const pattern = this.#patterns[branch] ?? 0;
        if (found.at(-1) === pattern) continue;
        if (arrays !== undefined && hasBit(this.#doubtful, branch) && !arrays.isMet(this.#fields[branch] ?? [])) continue;
        found.push(pattern);
      }
    }
    return found;
  }
}

function fieldOf(path: number, values: Values, tests: Map<Values, LeafTest | undefined>): Field {
  let test = tests.get(values);
  if (test === undefined && values.predicates.length > 0) {
    test = testOf(values.predicates);
    tests.set(values, test);
  }
  return { path, test, orAbsent: values.orAbsent };
}

/** One path, and what the branches ask for there. */
class Column {
  readonly path: number;
  /** The branches that ask for nothing here. */
  readonly unasked: Bits;
  /** How soon to judge by it: what cannot be looked up comes last, what all branches ask for first. */
  readonly cost: number;
  readonly #orAbsent: Bits;
  readonly #is: LeafIndex;
  /** The branches that ask for anything but what `#isNot` finds. */
  readonly #unless: Bits;
  readonly #isNot: LeafIndex | undefined;
  /** The branches that have something to test, and what a leaf has to contain for some of them. */
  readonly #tested: Bits | undefined;
  readonly #tests: (LeafTest | undefined)[] = [];
  readonly #needs: SubstringIndex;
  /** The branches whose tests need nothing of a leaf. */
  readonly #needless: Bits;

  constructor(path: number, asked: readonly (Values | undefined)[]) {
    this.path = path;
    const size = asked.length;
    this.unasked = noBits(size);
    this.#orAbsent = noBits(size);
    this.#is = new LeafIndex(size);
    this.#unless = noBits(size);
    this.#needs = new SubstringIndex(size);
    this.#needless = noBits(size);
    let isNot: LeafIndex | undefined;
    let tested: Bits | undefined;
    asked.forEach((values, branch) => {
      if (values === undefined) return setBit(this.unasked, branch);
      if (values.orAbsent) setBit(this.#orAbsent, branch);
      const others: Predicate[] = [];
      for (const predicate of values.predicates) {
        if (!predicate.keys.every(isIndexed)) others.push(predicate);
        else if (!predicate.unless) for (const key of predicate.keys) this.#is.add(key, branch);
        else if (hasBit(this.#unless, branch)) others.push(predicate);
        else {
          setBit(this.#unless, branch);
          isNot ??= new LeafIndex(size);
          for (const key of predicate.keys) isNot.add(key, branch);
        }
      }
      if (others.length === 0) return undefined;
      tested ??= noBits(size);
      setBit(tested, branch);
      this.#tests[branch] = testOf(others);
      const needs = others.flatMap(({ keys, unless }) => (unless ? [''] : keys.map((key) => (key.kind === 'test' ? key.needs : ''))));
      if (needs.includes('')) setBit(this.#needless, branch);
      else for (const text of needs) this.#needs.add(text, branch);
      return undefined;
    });
    this.#is.finish();
    isNot?.finish();
    this.#needs.finish();
    this.#isNot = isNot;
    this.#tested = tested;
    const asking = asked.filter((values) => values !== undefined).length;
    this.cost = (tested === undefined ? 0 : size + 1) + size - asking;
  }

  /** Adds to `met` the branches that the event satisfies here, or that only the arrays can tell of. `left` are those not yet lost, `scratch` is overwritten. */
  collect(leaves: Leaves, left: Bits, met: Bits, scratch: Bits): void {
    const count = leaves.counts[this.path] ?? 0;
    if (count === 0 || leaves.nested[this.path] !== 0) addAll(met, this.#orAbsent);
    const values = leaves.values[this.path] ?? [];
    for (let at = 0; at < count; at += 1) {
      const leaf = values[at] ?? null;
      this.#is.collect(leaf, met);
      if (this.#isNot === undefined) continue;
      scratch.fill(0);
      this.#isNot.collect(leaf, scratch);
      addExcept(met, this.#unless, scratch);
    }
    if (this.#tested === undefined || count === 0) return;
    scratch.set(this.#needless);
    for (let at = 0; at < count; at += 1) {
      const leaf = values[at] ?? null;
      if (typeof leaf === 'string') this.#needs.collect(leaf, scratch);
    }
    this.#test(this.#tested, leaves, left, met, scratch);
  }

  /** Tests the leaves for the branches that are tested, not lost, not met, and hopeful. */
  #test(tested: Bits, leaves: Leaves, left: Bits, met: Bits, hopeful: Bits): void {
    const values = leaves.values[this.path] ?? [];
    const count = leaves.counts[this.path] ?? 0;
    for (let word = 0; word < met.length; word += 1) {
      for (let bits = (left[word] ?? 0) & (tested[word] ?? 0) & (hopeful[word] ?? 0) & ~(met[word] ?? 0); bits !== 0; bits &= bits - 1) {
        const branch = word * 32 + lowestBit(bits);
        const test = this.#tests[branch];
        for (let at = 0; test !== undefined && at < count; at += 1) {
          if (!test(values[at] ?? null)) continue;
          setBit(met, branch);
          break;
        }
      }
    }
  }
}

function isIndexed(key: Key): key is Exclude<Key, { kind: 'test' }> {
  return key.kind !== 'test';
}
