/**
 * The leaves that one event has at the paths of a rule set, and in which elements of which arrays each stands. One such
 * table serves a rule set for all its events, one at a time.
 */
import type { Leaf } from './leaf.ts';

/** An element that a leaf stands in; undefined outside all arrays. A scalar directly in an array does not count as in its element. */
export interface Membership {
  readonly array: number;
  readonly index: number;
  readonly outer: Membership | undefined;
}

/** For more leaves than this at one path no room is kept. */
const KEPT = 64;

export class Leaves {
  readonly counts: Int32Array;
  readonly values: Leaf[][];
  readonly memberships: (Membership | undefined)[][];
  /** 1 for each path one of whose leaves stands in an element. */
  readonly nested: Uint8Array;
  anyNested = false;
  /** How many arrays were met: the next one's number. */
  arrays = 0;

  constructor(paths: number) {
    this.counts = new Int32Array(paths);
    this.nested = new Uint8Array(paths);
    this.values = Array.from({ length: paths }, () => []);
    this.memberships = Array.from({ length: paths }, () => []);
  }

  /** Forgets the last event. */
  clear(): void {
    for (let path = 0; path < this.counts.length; path += 1) {
      if ((this.counts[path] ?? 0) > KEPT) {
        this.values[path] = [];
        this.memberships[path] = [];
      }
      this.counts[path] = 0;
    }
    if (this.anyNested) this.nested.fill(0);
    this.anyNested = false;
    this.arrays = 0;
  }

  add(path: number, leaf: Leaf, membership: Membership | undefined): void {
    const count = this.counts[path] ?? 0;
    const values = this.values[path];
    const memberships = this.memberships[path];
    if (values === undefined || memberships === undefined) return;
    this.counts[path] = count + 1;
    values[count] = leaf;
    memberships[count] = membership;
    if (membership === undefined) return;
    this.nested[path] = 1;
    this.anyNested = true;
  }
}
