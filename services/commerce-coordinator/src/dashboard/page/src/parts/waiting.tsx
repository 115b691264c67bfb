/** Told only to who has waited for a moment, so that nothing flickers. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';

const AFTER_MS = 200;

export function Waiting({ text = 'Loading …' }: { readonly text?: string }): ReactNode {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return <p className="waiting" role="status">{isShown ? text : ''}</p>;
}
