/** When something is due; what is past is due now. */
import type { ReactNode } from 'react';
import { Moment } from '../../parts/moment.tsx';
import { useNowMs } from '../../parts/now.ts';

export function DueIn({ at }: { readonly at: string }): ReactNode {
  return useNowMs() >= Date.parse(at) ? <time dateTime={at}>now</time> : <Moment at={at} as="ago" />;
}
