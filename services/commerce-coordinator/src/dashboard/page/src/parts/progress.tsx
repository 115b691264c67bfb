/** How far long work is. */
import type { ReactNode } from 'react';

export function Progress({ done, of, label }: { readonly done: number; readonly of: number; readonly label: string }): ReactNode {
  return (
    <div className="progress">
      <progress max={Math.max(1, of)} value={done} aria-label={label} />
      <span>{label}: {done.toLocaleString()} of {of.toLocaleString()}</span>
    </div>
  );
}
