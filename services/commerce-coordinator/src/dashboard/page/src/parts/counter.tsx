/** A figure that one presses to see what is behind it. Zero is calm. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Tone } from './status.tsx';

export interface CounterProps {
  readonly name: string;
  readonly value: number | undefined;
  readonly href: string;
  /** When it is not zero. */
  readonly tone?: Tone;
  readonly isChosen?: boolean;
}

export function Counter({ name, value, href, tone = 'warn', isChosen = false }: CounterProps): ReactNode {
  return (
    <Link href={href} className={`counter ${value === undefined || value === 0 ? 'calm' : tone}`} aria-current={isChosen ? 'true' : undefined}>
      <span className="counter-value">{value === undefined ? '–' : value.toLocaleString()}</span>
      <span>{name}</span>
    </Link>
  );
}
