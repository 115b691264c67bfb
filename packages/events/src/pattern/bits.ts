/** Sets of branches as bits, 32 to a word: a rule set joins and cuts them for every event. */
export type Bits = Int32Array;

/** An empty set for that many branches. */
export function noBits(size: number): Bits {
  return new Int32Array(Math.ceil(size / 32));
}

export function setBit(bits: Bits, index: number): void {
  bits[index >> 5] = (bits[index >> 5] ?? 0) | (1 << (index & 31));
}

export function hasBit(bits: Bits, index: number): boolean {
  return ((bits[index >> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

/** Adds the others. */
export function addAll(bits: Bits, others: Bits): void {
  for (let word = 0; word < bits.length; word += 1) bits[word] = (bits[word] ?? 0) | (others[word] ?? 0);
}

/** Adds of the others those that are not taken out. */
export function addExcept(bits: Bits, others: Bits, out: Bits): void {
  for (let word = 0; word < bits.length; word += 1) bits[word] = (bits[word] ?? 0) | ((others[word] ?? 0) & ~(out[word] ?? 0));
}

/** Keeps what is in both; true if anything is. */
export function keepCommon(bits: Bits, others: Bits): boolean {
  let any = 0;
  for (let word = 0; word < bits.length; word += 1) any |= bits[word] = (bits[word] ?? 0) & (others[word] ?? 0);
  return any !== 0;
}

/** The place of a word's lowest bit. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
