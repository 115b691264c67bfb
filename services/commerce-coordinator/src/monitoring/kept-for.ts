/** The same answer for a while, for whatever is asked by many and costs the database something. Who asks meanwhile gets the same look. */
export function keptFor<Value>(keepMs: number, monotonicMs: () => number, look: () => Promise<Value>): () => Promise<Value> {
  let kept: { readonly atMs: number; readonly value: Promise<Value> } | undefined;
  return () => {
    if (kept !== undefined && monotonicMs() - kept.atMs < keepMs) return kept.value;
    const value = look();
    const made = { atMs: monotonicMs(), value };
    kept = made;
    // A failure is told to whoever asked, and not kept.
    value.catch(() => {
      if (kept === made) kept = undefined;
    });
    return value;
  };
}
