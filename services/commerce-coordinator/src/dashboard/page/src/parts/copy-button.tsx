/** Copies a text, and says so. */
import { useState } from 'react';
import type { ReactNode } from 'react';

export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }): ReactNode {
  const [said, setSaid] = useState<string>();
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setSaid('Copied'), () => setSaid('The browser did not allow it'));
    setTimeout(() => setSaid(undefined), 2_000);
  };
  return <button type="button" className="button small" onClick={copy} aria-live="polite">{said ?? label}</button>;
}
