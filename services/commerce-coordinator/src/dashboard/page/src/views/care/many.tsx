/** One act for many orders: says how many it is for before it begins, how far it is, which were refused and why; and can be stopped. */
import { useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { callJson } from '../../api.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Progress } from '../../parts/progress.tsx';
import { useSession } from '../../session.tsx';
import { ACT_NAMES, actCall, ACTS } from '../order/acts.ts';
import type { Act } from '../order/acts.ts';
import { doMany } from './many.ts';
import type { ManyProgress, Target } from './many.ts';

export interface Chosen extends Target {
  readonly acts: readonly Act[];
}

interface ManyButtonProps {
  readonly label: string;
  /** Those that are meant; may have to be read first. */
  readonly read: (signal: AbortSignal) => Promise<readonly Chosen[]>;
  readonly isDisabled?: boolean;
}

type Stage = { readonly code: 'closed' | 'reading' | 'running' | 'done' } | { readonly code: 'asking'; readonly chosen: readonly Chosen[] };

export function ManyButton({ label, read, isDisabled = false }: ManyButtonProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const stop = useRef<AbortController>(undefined);
  const [stage, setStage] = useState<Stage>({ code: 'closed' });
  const [act, setAct] = useState<Act>('retry');
  const [reason, setReason] = useState('');
  const [progress, setProgress] = useState<ManyProgress>({ done: 0, failed: [] });
  const [of, setOf] = useState(0);
  const [problem, setProblem] = useState<unknown>();
  const { scopes } = useSession();
  const queries = useQueryClient();
  const titleId = useId();
  const allowed = ACT_NAMES.filter((one) => scopes.includes(ACTS[one].scope));
  if (allowed.length === 0) return null;

  const open = async (): Promise<void> => {
    stop.current = new AbortController();
    setStage({ code: 'reading' });
    setProblem(undefined);
    setProgress({ done: 0, failed: [] });
    setReason('');
    dialog.current?.showModal();
    try {
      const chosen = await read(stop.current.signal);
      setAct(allowed.find((one) => chosen.some(({ acts }) => acts.includes(one))) ?? 'retry');
      setStage({ code: 'asking', chosen });
    } catch (error) {
      setProblem(error);
    }
  };
  const begin = async (chosen: readonly Chosen[]): Promise<void> => {
    const targets = chosen.filter(({ acts }) => acts.includes(act));
    const control = new AbortController();
    stop.current = control;
    setOf(targets.length);
    setStage({ code: 'running' });
    await doMany(targets, async ({ orderId }) => {
      const { method, path, body } = actCall(orderId, act, reason);
      await callJson(method, path, body);
    }, setProgress, control.signal);
    setStage({ code: 'done' });
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'care' || queryKey[1] === '/orders/care/counts' });
  };
  const close = (): void => {
    stop.current?.abort();
    setStage({ code: 'closed' });
  };
  const chosen = stage.code === 'asking' ? stage.chosen : [];
  const able = chosen.filter(({ acts }) => acts.includes(act)).length;
  return (
    <>
      <button type="button" className="button small" disabled={isDisabled} onClick={() => void open()}>{label}</button>
      <dialog ref={dialog} aria-labelledby={titleId} onClose={close}>
        <form method="dialog" onSubmit={(event) => { event.preventDefault(); if (stage.code === 'asking') void begin(stage.chosen); }}>
          <h2 id={titleId}>{label}</h2>
          {problem !== undefined && <ProblemNote problem={problem} />}
          {stage.code === 'reading' && problem === undefined && <p role="status">Counting them …</p>}
          {stage.code === 'asking' && (
            <>
              <label className="field">Act
                <select value={act} onChange={({ target }) => setAct(target.value as Act)}>
                  {allowed.map((one) => <option key={one} value={one}>{ACTS[one].name} ({chosen.filter(({ acts }) => acts.includes(one)).length})</option>)}
                </select>
              </label>
              <p><b>{able.toLocaleString()}</b> of {chosen.length.toLocaleString()} {chosen.length === 1 ? 'order' : 'orders'} can take it now. {ACTS[act].text}</p>
              <label className="field">Why? It is written into the audit log of each.
                <textarea required maxLength={500} rows={2} value={reason} onChange={({ target }) => setReason(target.value)} />
              </label>
            </>
          )}
          {(stage.code === 'running' || stage.code === 'done') && <Progress done={progress.done + progress.failed.length} of={of} label={stage.code === 'done' ? (progress.done + progress.failed.length < of ? 'Stopped' : 'Done') : 'Working'} />}
          {stage.code === 'done' && <p role="status">{progress.done.toLocaleString()} {progress.done === 1 ? 'order was' : 'orders were'} {ACTS[act].done}{progress.failed.length === 0 ? '.' : `, ${progress.failed.length} refused.`}</p>}
          {progress.failed.length > 0 && <ul className="refused">{progress.failed.map(({ target, why }) => <li key={target.orderId}><Link href={`/orders/${target.orderId}`}>{target.orderNumber}</Link> {why}</li>)}</ul>}
          <p className="row end">
            {stage.code === 'running' && <button type="button" className="button danger" onClick={() => stop.current?.abort()}>Stop</button>}
            {stage.code !== 'running' && <button type="button" className="button" onClick={() => dialog.current?.close()}>{stage.code === 'done' ? 'Close' : 'Leave it'}</button>}
            {stage.code === 'asking' && <button type="submit" className="button primary" disabled={able === 0 || reason.trim() === ''}>{ACTS[act].name}: {able.toLocaleString()}</button>}
          </p>
        </form>
      </dialog>
    </>
  );
}
