/** A text that narrows what is shown; it takes effect a moment after the last key. */
import { useEffect, useEffectEvent, useState } from 'react';
import type { ReactNode } from 'react';

const AFTER_MS = 250;

export interface FilterFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly placeholder?: string;
  /** What is wrong with it. */
  readonly fault?: string | undefined;
}

export function FilterField({ label, value, onChange, placeholder, fault }: FilterFieldProps): ReactNode {
  const [typed, setTyped] = useState(value);
  const tell = useEffectEvent(onChange);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => tell(typed), AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <label className="field filter">{label}
      <input type="search" value={typed} placeholder={placeholder} aria-invalid={fault !== undefined} onChange={({ target }) => setTyped(target.value)} />
      {fault !== undefined && <span className="fault" role="alert">{fault}</span>}
    </label>
  );
}
