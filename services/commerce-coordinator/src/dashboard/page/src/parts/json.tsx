/** A value as JSON to read, with a way to copy it. It is shown as text, whatever stands in it. */
import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';

export function Json({ value, label }: { readonly value: unknown; readonly label: string }): ReactNode {
  const text = JSON.stringify(value, undefined, 2);
  return (
    <div className="json">
      <div className="json-head"><span className="soft">{label}</span><CopyButton text={text} /></div>
      <pre tabIndex={0} aria-label={label}>{text}</pre>
    </div>
  );
}
