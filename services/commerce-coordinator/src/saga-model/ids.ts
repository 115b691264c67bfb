/** Ids of the model: the same in every run, of the form of real ones, and short to read. */

/** The nth id of a kind: a UUIDv7 whose last digits are the number. */
export function modelId(kind: 'e' | 'f' | 'o', n: number): string {
  const group = { e: '7e00', f: '7f00', o: '7000' }[kind];
  return `0193a6a0-0000-${group}-8000-${String(n).padStart(12, '0')}`;
}

/** What of an id is worth reading. */
export function shortId(id: string): string {
  return id.replace(/^(?:pay_)?0193a6a0-0000-7([0ef])00-8000-0+(\d)/, (_all, kind: string, n: string) => `${kind === '0' ? 'order ' : kind}${n}`);
}
