/** Sending again what was given up since a moment: how many that are is told first. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { useFigures } from '../webhooks/figures.ts';
import { SPANS, sinceOf } from './since.ts';
import type { Span } from './since.ts';

export function RecoverButton({ webhookId, isEnabled }: { readonly webhookId: string; readonly isEnabled: boolean }): ReactNode {
  const queries = useQueryClient();
  const [span, setSpan] = useState<Span>('all');
  const [openedMs, setOpenedMs] = useState(() => Date.now());
  const since = sinceOf(span, openedMs);
  const figures = useFigures([webhookId], since).data?.get(webhookId);
  const all = useFigures([webhookId]).data?.get(webhookId)?.givenUp ?? 0;
  const count = figures?.givenUp;
  const body = (reason: string) => ({ since, reason: reasonOf(reason) });
  return (
    <ActButton
      name={all === 0 ? 'Nothing was given up' : `Send ${all.toLocaleString()} again`} scope="webhooks:write" tone="primary" isDisabled={all === 0 || !isEnabled} isReady={count !== undefined && count > 0} onOpen={() => { setSpan('all'); setOpenedMs(Date.now()); }}
      call={(reason) => ({ method: 'POST', path: `/api/webhooks/${webhookId}/recover`, body: body(reason) })}
      run={async (reason) => {
        await api.POST('/api/webhooks/{id}/recover', { params: { path: { id: webhookId } }, body: body(reason) });
        await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/api/webhooks') });
      }}
    >
      <label className="field">Given up, of what was made
        <select value={span} onChange={({ target }) => setSpan(target.value as Span)}>{SPANS.map(({ span: one, text }) => <option key={one} value={one}>{text}</option>)}</select>
      </label>
      <p role="status"><b>{count?.toLocaleString() ?? '…'}</b> {count === 1 ? 'delivery is' : 'deliveries are'} sent again, under the same ids and with the same bytes.</p>
    </ActButton>
  );
}
