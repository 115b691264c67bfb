/** Redriving or discarding dead letters: how many are meant and how long it takes is told before; what would be refused can be looked at first. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { reasonOf } from '../../parts/reason.ts';
import { Status } from '../../parts/status.tsx';
import { tryOut } from './try-out.ts';
import type { TriedOut } from './tried-out.ts';
import { secondsFor, selectionOf } from './selection.ts';
import type { Filters, Selection, Wish } from './selection.ts';

interface RunButtonProps {
  readonly act: Wish['act'];
  readonly name: string;
  /** Single ones, or what the filters mean. */
  readonly ids?: readonly string[];
  readonly filters: Filters;
  readonly count: number;
  /** Some are messages, of which may be said whether they are accepted now. */
  readonly hasMessages: boolean;
  readonly onBegun: (runId: string) => void;
  readonly tone?: 'primary' | 'danger' | 'plain';
  readonly isSmall?: boolean;
}

const DEFAULT_RATE = '100';
const MOST_RATE = 500;

export function RunButton({ act, name, ids, filters, count, hasMessages, onBegun, tone = 'plain', isSmall = false }: RunButtonProps): ReactNode {
  const queries = useQueryClient();
  const [rate, setRate] = useState(DEFAULT_RATE);
  const [mended, setMended] = useState(false);
  const [tried, setTried] = useState<TriedOut>();
  const [isTrying, setTrying] = useState(false);
  const perSecond = Number(rate);
  const isRate = Number.isInteger(perSecond) && perSecond >= 1 && perSecond <= MOST_RATE;
  const selection: Selection = ids === undefined ? selectionOf(filters, mended) : { ids: [...ids], ...(mended && { mended: true as const }) };
  const body = (reason: string): Wish => ({ act, selection, ...(isRate && { rate: perSecond }), reason: reasonOf(reason) });
  const look = async (): Promise<void> => {
    setTrying(true);
    setTried(await tryOut(ids, filters).finally(() => setTrying(false)));
  };
  return (
    <ActButton
      name={name} scope="dlq:write" tone={act === 'discard' ? 'danger' : tone} isSmall={isSmall} isDisabled={count === 0} isReady={isRate} onOpen={() => { setRate(DEFAULT_RATE); setMended(false); setTried(undefined); }}
      call={(reason) => ({ method: 'POST', path: '/dead-letter-runs', body: body(reason) })}
      run={async (reason) => {
        const { data } = await api.POST('/dead-letter-runs', { body: body(reason) });
        await queries.invalidateQueries({ queryKey: ['get', '/dead-letter-runs'] });
        if (data !== undefined) onBegun(data.runId);
      }}
    >
      <p><b>{count.toLocaleString()}</b> {count === 1 ? 'dead letter is' : 'dead letters are'} meant{isRate && `, about ${spanText(secondsFor(count, perSecond) * 1_000)} at this rate`}. {act === 'redrive' ? `What is refused again stays where it is, with the new reason; nothing is handled twice.${hasMessages && ids === undefined ? ' Where all of a queue is meant, SQS moves it: that leaves this list at once, and what the consumer refuses again is here again after its deliveries, in about a minute.' : ''}` : 'They are given up for good: what they asked for is not done.'}</p>
      <div className="row">
        <label className="field">In a second at most<input inputMode="numeric" size={5} value={rate} aria-invalid={!isRate} onChange={({ target }) => setRate(target.value)} /></label>
        {hasMessages && act === 'redrive' && <label className="webhook-check"><input type="checkbox" checked={mended} onChange={({ target }) => setMended(target.checked)} /> Only messages that are accepted now</label>}
      </div>
      {act === 'redrive' && hasMessages && (
        <div className="row">
          <button type="button" className="button small" disabled={isTrying} onClick={() => void look()}>{isTrying ? 'Looking …' : 'Try out, without doing it'}</button>
          {tried !== undefined && <Tried tried={tried} />}
        </div>
      )}
    </ActButton>
  );
}

function Tried({ tried: { looked, accepted, refused, problem } }: { readonly tried: TriedOut }): ReactNode {
  if (problem !== undefined) return <span className="fault" role="alert">It could not be looked at: {problem}</span>;
  return (
    <span role="status">
      Of the first {looked}: <Status word={`${accepted} accepted now`} tone={accepted > 0 ? 'good' : 'plain'} />{' '}
      {[...refused].map(([reason, n]) => <Status key={reason} word={`${n} still ${reason}`} tone="bad" />)}
    </span>
  );
}
