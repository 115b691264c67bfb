/**
 * An act that changes something: asks why, shows the call that it makes, tells the problem where it fails. Left out for who may not.
 * A second press while it runs does nothing.
 */
import { useId, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { asCurl } from '../call-log.ts';
import { useMay } from '../session.tsx';
import { CopyButton } from './copy-button.tsx';
import { ProblemNote } from './problem-note.tsx';

export interface ActProps {
  /** On the button: a verb. */
  readonly name: string;
  readonly scope: string;
  /** What will happen, in a sentence or two. */
  readonly children?: ReactNode;
  /** The call, to be shown; with the reason that was typed. */
  readonly call: (reason: string) => { readonly method: string; readonly path: string; readonly body: unknown };
  /** Makes it. Rejects with an `ApiProblem`. */
  readonly run: (reason: string) => Promise<unknown>;
  /** The reason, which is written into the audit log, as it stands there already. */
  readonly usualReason?: string;
  readonly tone?: 'primary' | 'danger' | 'plain';
  readonly isSmall?: boolean;
  readonly isDisabled?: boolean;
  /** False while what stands in `children` cannot be sent. */
  readonly isReady?: boolean;
  /** When it is opened: what stands in `children` begins anew. */
  readonly onOpen?: () => void;
}

const LONGEST_REASON = 500;

export function ActButton({ name, scope, children, call, run, usualReason = '', tone = 'plain', isSmall = false, isDisabled = false, isReady = true, onOpen }: ActProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const titleId = useId();
  if (!useMay(scope)) return null;
  const open = (): void => {
    setProblem(undefined);
    setReason(usualReason);
    onOpen?.();
    dialog.current?.showModal();
  };
  const submit = async (): Promise<void> => {
    setRunning(true);
    setProblem(undefined);
    try {
      await run(reason.trim());
      dialog.current?.close();
    } catch (error) {
      setProblem(error);
    } finally {
      setRunning(false);
    }
  };
  const { method, path, body } = call(reason.trim());
  const text = body === undefined ? undefined : JSON.stringify(body);
  return (
    <>
      <button type="button" className={`button ${tone} ${isSmall ? 'small' : ''}`} disabled={isDisabled} onClick={open}>{name}</button>
      <dialog ref={dialog} aria-labelledby={titleId}>
        <form method="dialog" onSubmit={(event) => { event.preventDefault(); if (!isRunning) void submit(); }}>
          <h2 id={titleId}>{name}</h2>
          {children}
          <label className="field">Why? (needed) It is written into the audit log.
            <textarea required maxLength={LONGEST_REASON} rows={2} value={reason} onChange={({ target }) => setReason(target.value)} />
          </label>
          {problem !== undefined && <ProblemNote problem={problem} />}
          <details><summary>The call</summary><p className="row"><code>{method} {path}</code><CopyButton text={asCurl({ method, path, body: text }, location.origin)} label="Copy as curl" /></p></details>
          <p className="row end">
            <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
            <button type="submit" className={`button ${tone === 'plain' ? 'primary' : tone}`} disabled={isRunning || !isReady || reason.trim() === ''}>{isRunning ? 'Working …' : name}</button>
          </p>
        </form>
      </dialog>
    </>
  );
}
