/** A new replay: what is given to whom. It begins as a dry run. */
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { $api, api } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { dryRunOf, EMPTY_WISH, TARGETS, wishFaults } from './wish.ts';
import type { TargetKind, Wish } from './wish.ts';

export function NewReplay(): ReactNode {
  const [query] = useSearchParams();
  const [wish, setWish] = useState(() => wishIn(query));
  const [, go] = useLocation();
  const set = <Field extends keyof Wish>(field: Field, value: Wish[Field]): void => setWish({ ...wish, [field]: value });
  const faults = wishFaults(wish);
  const isWhole = wish.kind === 'projection';
  const body = (reason: string) => ({ ...dryRunOf(wish, Date.now()), reason: reasonOf(reason) });
  const field = (name: 'types' | 'orderId' | 'correlationId' | 'from' | 'to' | 'filter' | 'rate', label: string, placeholder = ''): ReactNode => (
    <label className={`field ${name === 'filter' ? 'wide' : ''}`}>{label}
      <input value={wish[name]} placeholder={placeholder} disabled={wish.all && name !== 'rate'} aria-invalid={faults[name] !== undefined} onChange={({ target }) => set(name, target.value)} />
      {faults[name] !== undefined && <span className="fault" role="alert">{faults[name]}</span>}
    </label>
  );
  return (
    <div className="card stack">
      <fieldset className="replay-part"><legend>1. To whom</legend>
        <div className="row">{TARGETS.map(({ kind, name }) => <button type="button" key={kind} className="button small" aria-pressed={wish.kind === kind} onClick={() => setWish({ ...wish, kind, target: '' })}>{name}</button>)}</div>
        <p className="soft">{TARGETS.find(({ kind }) => kind === wish.kind)?.hint}</p>
        {wish.kind !== 'bus' && <TargetField kind={wish.kind} value={wish.target} onChange={(target) => set('target', target)} />}
      </fieldset>
      {!isWhole && (
        <fieldset className="replay-part"><legend>2. Which events</legend>
          <label className="webhook-check"><input type="checkbox" checked={wish.all} onChange={({ target }) => set('all', target.checked)} /> all that the log has</label>
          <div className="filters">
            {field('from', 'Recorded from', '3h, or 2026-11-22T10:00')}{field('to', 'To', 'now')}{field('types', 'Types', 'order.paid, OrderCreated')}{field('orderId', 'Order id')}{field('correlationId', 'Correlation id')}
            {field('filter', 'Event pattern of EventBridge', '{"data":{"currency":["USD"]}}')}
          </div>
        </fieldset>
      )}
      <fieldset className="replay-part"><legend>{isWhole ? '2' : '3'}. See what it would change</legend>
        <div className="filters">{field('rate', 'Events in a second at most', 'as many as it can')}</div>
        {faults.all !== undefined && <p className="soft" role="status">{faults.all}</p>}
        <p className="row">
          <ActButton name="Start the dry run" scope="replay:write" tone="primary" isDisabled={Object.keys(faults).length > 0} call={(reason) => ({ method: 'POST', path: '/api/replays', body: body(reason) })} run={async (reason) => {
            const { data } = await api.POST('/api/replays', { body: body(reason) });
            if (data !== undefined) go(`/replays?replay=${data.replayId}`);
          }}><p>It decides, tells what would change, and changes nothing. You run it afterwards, over the same events.</p></ActButton>
        </p>
      </fieldset>
    </div>
  );
}

/** What a link brings along. */
function wishIn(query: URLSearchParams): Wish {
  const kind = TARGETS.map((one) => one.kind).find((one) => query.has(one)) ?? EMPTY_WISH.kind;
  const given = Object.fromEntries((['types', 'orderId', 'correlationId', 'from', 'to', 'filter'] as const).map((name) => [name, query.get(name) ?? '']));
  return { ...EMPTY_WISH, ...given, kind, target: query.get(kind) ?? '' };
}

function TargetField({ kind, value, onChange }: { readonly kind: Exclude<TargetKind, 'bus'>; readonly value: string; readonly onChange: (target: string) => void }): ReactNode {
  const { data: targets } = $api.useQuery('get', '/api/replays/targets', {}, { staleTime: 60_000 });
  const { data: webhooks } = $api.useQuery('get', '/api/webhooks', { params: { query: { limit: 200 } } }, { enabled: kind === 'endpoint' });
  const noteId = useId();
  const choices: readonly (readonly [string, string])[] = kind === 'endpoint' ? (webhooks?.items ?? []).map(({ webhookId, url }) => [webhookId, url] as const)
    : kind === 'handler' ? (targets?.handlers ?? []).map(({ handler }) => [handler, handler] as const)
    : (kind === 'extension' ? targets?.extensions : targets?.projections)?.map((name) => [name, name] as const) ?? [];
  const heard = kind === 'handler' ? targets?.handlers.find(({ handler }) => handler === value)?.types : undefined;
  return (
    <div className="filters">
      <label className="field wide">Which one
        <select value={value} aria-describedby={noteId} onChange={({ target }) => onChange(target.value)}>
          <option value="">choose …</option>
          {choices.map(([id, text]) => <option key={id} value={id}>{text}</option>)}
          {value !== '' && !choices.some(([id]) => id === value) && <option value={value}>{value}</option>}
        </select>
        <span className="soft" id={noteId}>{heard === undefined ? '' : `hears ${heard.join(', ')}`}</span>
      </label>
    </div>
  );
}
