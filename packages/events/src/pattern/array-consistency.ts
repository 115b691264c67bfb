/**
 * The last word on a branch whose leaves stand in arrays: its fields have to be met by leaves of which no two stand in
 * different elements of one array.
 *
 * As in EventBridge, the fields are met in the order of their paths, and each leaf taken binds the later fields to its
 * elements. That shows in `exists: false` alone: it asks whether the field is missing from the elements bound so far, so it
 * looks at all elements where its path comes first, and at one where another field of that element comes before it.
 */
import type { LeafTest } from './key.ts';
import type { Leaves, Membership } from './leaves.ts';

/** A field of a branch: its path, the test of a leaf (undefined if no leaf will do) and whether it may be missing. */
export interface Field {
  readonly path: number;
  readonly test: LeafTest | undefined;
  readonly orAbsent: boolean;
}

/** Judges branches against one event. */
export class ArrayConsistency {
  readonly #leaves: Leaves;
  readonly #places = new Map<number, Places>();

  constructor(leaves: Leaves) {
    this.#leaves = leaves;
  }

  /** True if the fields, sorted by their paths, are met together. */
  isMet(fields: readonly Field[]): boolean {
    return this.#isMetFrom(0, fields, undefined, new Set());
  }

  /** `failed` keeps a field and the bonds that matter from it on, where that was tried in vain: no search is done twice. */
  #isMetFrom(at: number, fields: readonly Field[], bound: Membership | undefined, failed: Set<string>): boolean {
    const field = fields[at];
    if (field === undefined) return true;
    const mattering = this.#mattering(bound, fields, at);
    const key = keyOf(at, mattering);
    if (failed.has(key)) return false;
    const isMet = this.#isFieldMet(field, mattering, (next) => this.#isMetFrom(at + 1, fields, next, failed));
    if (!isMet) failed.add(key);
    return isMet;
  }

  #isFieldMet(field: Field, bound: Membership | undefined, goOn: (bound: Membership | undefined) => boolean): boolean {
    const places = this.#placesOf(field.path);
    const values = this.#leaves.values[field.path] ?? [];
    const memberships = this.#leaves.memberships[field.path] ?? [];
    let isAbsent = true;
    for (const leaf of places.near(bound)) {
      const next = join(bound, memberships[leaf]);
      if (next === 'apart') continue;
      isAbsent = false;
      if (field.test === undefined) break;
      if (field.test(values[leaf] ?? null) && goOn(next)) return true;
    }
    return isAbsent && field.orAbsent && goOn(bound);
  }

  /** The bonds to arrays in which a leaf of this field or a later one stands. */
  #mattering(bound: Membership | undefined, fields: readonly Field[], from: number): Membership | undefined {
    if (bound === undefined) return undefined;
    const outer = this.#mattering(bound.outer, fields, from);
    const matters = fields.some(({ path }, at) => at >= from && this.#placesOf(path).has(bound.array));
    if (!matters) return outer;
    return outer === bound.outer ? bound : { ...bound, outer };
  }

  #placesOf(path: number): Places {
    let places = this.#places.get(path);
    if (places === undefined) {
      places = new Places(this.#leaves.memberships[path] ?? [], this.#leaves.counts[path] ?? 0);
      this.#places.set(path, places);
    }
    return places;
  }
}

function keyOf(at: number, bound: Membership | undefined): string {
  let key = `${at}`;
  for (let bond = bound; bond !== undefined; bond = bond.outer) key += `:${bond.array},${bond.index}`;
  return key;
}

/** Both bonds together, or `apart` if they name different elements of one array. */
function join(bound: Membership | undefined, membership: Membership | undefined): Membership | undefined | 'apart' {
  if (membership === undefined) return bound;
  const outer = join(bound, membership.outer);
  if (outer === 'apart') return 'apart';
  for (let bond = bound; bond !== undefined; bond = bond.outer) {
    if (bond.array === membership.array) return bond.index === membership.index ? outer : 'apart';
  }
  return { array: membership.array, index: membership.index, outer };
}

/** Where the leaves of one path stand, by array and element. */
class Places {
  readonly #all: readonly number[];
  readonly #byArray = new Map<number, { count: number; readonly byIndex: Map<number, number[]> }>();

  constructor(memberships: readonly (Membership | undefined)[], count: number) {
    this.#all = Array.from({ length: count }, (_, leaf) => leaf);
    for (const leaf of this.#all) {
      for (let membership = memberships[leaf]; membership !== undefined; membership = membership.outer) this.#put(leaf, membership);
    }
  }

  has(array: number): boolean {
    return this.#byArray.has(array);
  }

  /** All leaves that the bonds allow, and few more: from the outermost bond on, an array in which all that are left stand leaves its element. */
  near(bound: Membership | undefined): readonly number[] {
    if (bound === undefined) return this.#all;
    const left = this.near(bound.outer);
    const array = this.#byArray.get(bound.array);
    return array?.count === left.length ? (array.byIndex.get(bound.index) ?? []) : left;
  }

  #put(leaf: number, { array, index }: Membership): void {
    const known = this.#byArray.get(array) ?? { count: 0, byIndex: new Map<number, number[]>() };
    this.#byArray.set(array, known);
    known.count += 1;
    const leaves = known.byIndex.get(index);
    if (leaves === undefined) known.byIndex.set(index, [leaf]);
    else leaves.push(leaf);
  }
}
