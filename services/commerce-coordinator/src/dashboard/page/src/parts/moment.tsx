/** A time: local, with UTC on hover and for who reads by ear. */
import type { ReactNode } from 'react';
import { agoText, dateTimeText, exactText } from './moment-text.ts';
import { useNowMs } from './now.ts';

interface MomentProps {
  /** ISO 8601. */
  readonly at: string | null;
  /** clock: 14:03:22.117. date: with its day. ago: 3 min ago. */
  readonly as?: 'clock' | 'date' | 'ago';
}

export function Moment({ at, as = 'date' }: MomentProps): ReactNode {
  if (at === null) return <span className="soft">–</span>;
  return <time dateTime={at} title={exactText(at)}>{as === 'ago' ? <Ago at={at} /> : dateTimeText(at, as)}</time>;
}

function Ago({ at }: { readonly at: string }): ReactNode {
  const nowMs = useNowMs();
  return agoText(nowMs - Date.parse(at));
}
