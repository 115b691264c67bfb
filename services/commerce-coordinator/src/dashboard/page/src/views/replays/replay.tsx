/** One replay: how far it is, its figures, what it changes or would change, and going on from there. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { $api, api, ApiProblem } from '../../api.ts';
import { usePages } from '../../pages.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Json } from '../../parts/json.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { Status } from '../../parts/status.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import type { paths } from '../../openapi.ts';
import { isUnderWay, needsEffects, REPLAY_TONES, selectionText, targetText } from './wish.ts';
import type { Replay } from './wish.ts';

const SCOPE = 'replay:write';

interface ReplayCardProps {
  readonly replayId: string;
  readonly onClose: () => void;
  readonly onBegun: (replayId: string) => void;
}

export function ReplayCard({ replayId, onClose, onBegun }: ReplayCardProps): ReactNode {
  const { data: replay, error, refetch } = $api.useQuery('get', '/api/replays/{replayId}', { params: { path: { replayId } } }, { refetchInterval: ({ state }) => (state.data === undefined || isUnderWay(state.data) ? 500 : false) });
  if (error instanceof ApiProblem && error.status === 404) return <div className="card"><p>There is no replay {replayId}.</p><button type="button" className="button" onClick={onClose}>Close</button></div>;
  if (error !== null && replay === undefined) return <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (replay === undefined) return <Waiting />;
  const again = async (): Promise<void> => { await refetch(); };
  return (
    <section className="card stack" aria-labelledby="replay-title">
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      <div className="spread">
        <h2 id="replay-title">{replay.mode === 'dry' ? 'Dry run' : 'Replay'} to {targetText(replay.target)} <Status word={replay.state} tone={REPLAY_TONES[replay.state]} /></h2>
        <div className="row">
          <Acts replay={replay} again={again} onBegun={onBegun} />
          <button type="button" className="button" onClick={onClose}>Close</button>
        </div>
      </div>
      <p className="soft">{selectionText(replay.selection)}; effects {replay.effects}{replay.rate !== null && `; ${replay.rate} a second at most`}.{replay.dryRunId !== null && <> It carries out <Link href={`/replays?replay=${replay.dryRunId}`}>this dry run</Link>.</>}</p>
      <Far replay={replay} />
      <Figures replay={replay} />
      {replay.error !== null && <p className="fault" role="alert">{replay.error}</p>}
      <Differences replay={replay} />
      <p className="soft">{replay.requestedBy.subject}, because “{replay.reason}”; asked for <Moment at={replay.createdAt} />{replay.endedAt !== null && <>, ended <Moment at={replay.endedAt} /></>}.</p>
    </section>
  );
}

function Far({ replay: { progress, state, scanned } }: { readonly replay: Replay }): ReactNode {
  const percent = Math.round((progress ?? 0) * 100);
  return <div className="progress"><progress max={100} value={state === 'done' ? 100 : percent} aria-label="How far it is" /><span role="status">{state === 'waiting' ? 'It waits for its turn' : `${state === 'done' ? 100 : percent} % of the log`}, {scanned.toLocaleString()} events looked at</span></div>;
}

function Figures({ replay: { matched, applied, ignored, skipped, failed, appended, outside, changed, mode } }: { readonly replay: Replay }): ReactNode {
  const would = mode === 'dry' ? 'would be ' : '';
  const told = ([['meant', matched, 'plain'], ['applied', applied, 'good'], ['nothing new', ignored, 'plain'], ['skipped', skipped, 'plain'], ['failed', failed, 'bad'], [`${would}new events`, appended, 'busy'], [`${would}done outside`, outside, 'warn'], [`rows ${would}changed`, changed, 'busy']] as const);
  return <p className="row">{told.map(([word, count, tone]) => <Status key={word} word={`${count.toLocaleString()} ${word}`} tone={count === 0 ? 'plain' : tone} />)}</p>;
}

function Acts({ replay, again, onBegun }: { readonly replay: Replay; readonly again: () => Promise<void>; readonly onBegun: (replayId: string) => void }): ReactNode {
  const { replayId, state, mode, kept } = replay;
  const params = { path: { replayId } };
  const act = (name: string) => (reason: string) => ({ method: 'POST', path: `/api/replays/${replayId}/${name}`, body: { reason: reasonOf(reason) } });
  return (
    <>
      {isUnderWay(replay) && <ActButton name="Stop" scope={SCOPE} tone="danger" call={act('stop')} run={async (reason) => { await api.POST('/api/replays/{replayId}/stop', { params, body: { reason: reasonOf(reason) } }); await again(); }}><p>What it has done stays done; it can be resumed.</p></ActButton>}
      {(state === 'stopped' || state === 'failed') && <ActButton name="Resume" scope={SCOPE} tone="primary" call={act('resume')} run={async (reason) => { await api.POST('/api/replays/{replayId}/resume', { params, body: { reason: reasonOf(reason) } }); await again(); }}><p>It goes on where it stopped.</p></ActButton>}
      {mode === 'dry' && state === 'done' && <RunIt replay={replay} onBegun={onBegun} />}
      {kept !== null && <ActButton name="Drop the kept table" scope={SCOPE} tone="danger" call={act('drop-kept')} run={async (reason) => { await api.POST('/api/replays/{replayId}/drop-kept', { params, body: { reason: reasonOf(reason) } }); await again(); }}><p>The rows from before the rebuild, {kept}, are gone then.</p></ActButton>}
    </>
  );
}

function RunIt({ replay, onBegun }: { readonly replay: Replay; readonly onBegun: (replayId: string) => void }): ReactNode {
  const queries = useQueryClient();
  const isOutside = needsEffects(replay.target);
  const [effects, setEffects] = useState(isOutside);
  const [accept, setAccept] = useState(false);
  const isRebuild = 'projection' in replay.target;
  const body = (reason: string) => ({ effects: effects ? 'allowed' as const : 'suppressed' as const, ...(accept && { accept }), ...(replay.rate !== null && { rate: replay.rate }), reason: reasonOf(reason) });
  return (
    <ActButton name="Run it" scope={SCOPE} tone="primary" isReady={!isOutside || effects} call={(reason) => ({ method: 'POST', path: `/api/replays/${replay.replayId}/run`, body: body(reason) })} run={async (reason) => {
      const { data } = await api.POST('/api/replays/{replayId}/run', { params: { path: { replayId: replay.replayId } }, body: body(reason) });
      await queries.invalidateQueries({ queryKey: ['get', '/api/replays'] });
      if (data !== undefined) onBegun(data.replayId);
    }}>
      <p>Over the same events as the dry run: <b>{replay.matched.toLocaleString()}</b> meant, <b>{replay.changed.toLocaleString()}</b> rows changed, <b>{replay.appended.toLocaleString()}</b> new events.</p>
      {!isRebuild && <label className="webhook-check"><input type="checkbox" checked={effects} onChange={({ target }) => setEffects(target.checked)} /> Also do what is outside of the database: calls, webhooks, messages on the bus{isOutside && ' (this target is nothing else)'}</label>}
      {isRebuild && <label className="webhook-check"><input type="checkbox" checked={accept} onChange={({ target }) => setAccept(target.checked)} /> Put the new rows in place although some differ</label>}
    </ActButton>
  );
}

type Difference = paths['/api/replays/{replayId}/differences']['get']['responses']['200']['content']['application/json']['items'][number];
const KINDS: readonly { readonly kind: Difference['kind']; readonly text: string }[] = [{ kind: 'row', text: 'rows' }, { kind: 'event', text: 'events' }, { kind: 'effect', text: 'effects' }, { kind: 'waiting', text: 'waiting' }, { kind: 'fault', text: 'faults' }];
const PAGE = 50;

function Differences({ replay }: { readonly replay: Replay }): ReactNode {
  const [kindText, setKind] = useQueryText('kind');
  const kind = KINDS.find((one) => one.kind === kindText)?.kind;
  const { replayId } = replay;
  const { rows, error, isPending, hasMore, more, again } = usePages({
    queryKey: ['get', '/api/replays/{replayId}/differences', replayId, kind, replay.state], refetchMs: isUnderWay(replay) && 1_000,
    read: (cursor, signal) => api.GET('/api/replays/{replayId}/differences', { params: { path: { replayId }, query: { limit: PAGE, ...(kind !== undefined && { kind }), ...cursor } }, signal }),
  });
  return (
    <section className="stack" aria-labelledby="differences-title">
      <div className="spread">
        <h3 id="differences-title">What it {replay.mode === 'dry' ? 'would change' : 'changes'}</h3>
        <div className="row" role="group" aria-label="Kind of difference"><button type="button" className="button small" aria-pressed={kind === undefined} onClick={() => setKind('')}>all</button>{KINDS.map((one) => <button type="button" key={one.kind} className="button small" aria-pressed={kind === one.kind} onClick={() => setKind(one.kind)}>{one.text}</button>)}</div>
      </div>
      {error !== null && <ProblemNote problem={error} onRetry={again} />}
      {isPending && <Waiting />}
      {!isPending && error === null && rows.length === 0 && <p className="soft">{isUnderWay(replay) ? 'Nothing yet.' : kind === undefined ? 'Nothing: everything is as it would be made.' : 'Nothing of this kind.'}</p>}
      <ul className="replay-differences">{rows.map((one, index) => <li key={`${index} ${one.subject}`}><DifferenceRow difference={one} /></li>)}</ul>
      {hasMore && <p><button type="button" className="button" onClick={more}>More</button></p>}
    </section>
  );
}

const SIGNS = { row: ['≠ row', 'busy'], event: ['+ event', 'busy'], effect: ['↗ effect', 'warn'], waiting: ['◔ waits', 'warn'], fault: ['✕ fault', 'bad'] } as const;

function DifferenceRow({ difference: { kind, name, subject, eventId, before, after } }: { readonly difference: Difference }): ReactNode {
  const [sign, tone] = SIGNS[kind];
  return (
    <details>
      <summary><span className={`status ${tone}`}>{sign}</span> <code>{name}</code> <span className="soft">{subject}</span></summary>
      <div className="two">
        {before !== undefined && before !== null && <Json label="Now" value={before} />}
        {after !== undefined && after !== null && <Json label={before === undefined || before === null ? 'What comes' : 'Then'} value={after} />}
      </div>
      {eventId !== null && <p>It comes of <Link href={`/events/${eventId}`}>this event</Link>.</p>}
    </details>
  );
}
