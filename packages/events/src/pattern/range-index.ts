/** Finds among many number ranges those that hold a number, by one binary search: between two neighbouring ends the answer is one. */
import { addAll, noBits, setBit, type Bits } from './bits.ts';
import { isWithin, type NumberRange } from './key.ts';

export class RangeIndex {
  readonly #size: number;
  readonly #ranges: (readonly [range: NumberRange, branch: number])[] = [];
  #ends = new Float64Array(0);
  /** The answers: below the first end, at it, between it and the second, at the second, and so on. */
  #answers: readonly Bits[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  add(range: NumberRange, branch: number): void {
    this.#ranges.push([range, branch]);
  }

  /** To be called once, after the last `add`. */
  finish(): void {
    const ends = [...new Set(this.#ranges.flatMap(([{ bottom, top }]) => [bottom, top]))].filter(Number.isFinite).sort((left, right) => left - right);
    this.#ends = new Float64Array(ends);
    const places = ends.flatMap((end, at) => [end, between(end, ends[at + 1] ?? Infinity)]);
    this.#answers = [between(-Infinity, ends[0] ?? Infinity), ...places].map((place) => this.#holding(place));
  }

  /** Adds the branches of all ranges that hold the number. */
  collect(number: number, into: Bits): void {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    const isAtEnd = low > 0 && this.#ends[low - 1] === number;
    const answer = this.#answers[isAtEnd ? 2 * low - 1 : 2 * low];
    if (answer !== undefined) addAll(into, answer);
  }

  #holding(place: number): Bits {
    const bits = noBits(this.#size);
    for (const [range, branch] of this.#ranges) if (isWithin(range, place)) setBit(bits, branch);
    return bits;
  }
}

/** A number strictly between two ends, or the lower one's neighbour where doubles have none; it never counts then. */
function between(low: number, high: number): number {
  if (low === -Infinity) return high === Infinity ? 0 : high - Math.max(1, Math.abs(high));
  if (high === Infinity) return low + Math.max(1, Math.abs(low));
  return low / 2 + high / 2;
}
