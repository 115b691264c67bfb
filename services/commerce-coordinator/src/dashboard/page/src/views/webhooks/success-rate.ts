/** How often a webhook answers as it should, as text. Pure. */

/** `98.5 %`; undefined without an attempt. */
export function successRate({ attempts, delivered }: { readonly attempts: number; readonly delivered: number }): string | undefined {
  if (attempts === 0) return undefined;
  const share = (delivered / attempts) * 100;
  // Never rounded up to a hundred.
  return `${share === 100 ? '100' : Math.min(99.9, share).toFixed(1)} %`;
}
