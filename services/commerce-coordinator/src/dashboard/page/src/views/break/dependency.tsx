/** One dependency: whether it works, what can be done to it, and how long that lasts. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { ActButton } from '../../parts/act-button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { useNowMs } from '../../parts/now.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { Status } from '../../parts/status.tsx';
import type { Breakable, Dependency, Kind } from './lab-data.ts';
import { faultPath } from './use-lab.ts';
import type { Lab } from './use-lab.ts';
import { secondsLeft, STATES, usual, wishOf } from './wish.ts';
import type { Typed } from './wish.ts';

const WORDS: Readonly<Record<Kind, string>> = { down: 'Take down', slow: 'Make slow', duplicate: 'Duplicate', reorder: 'Reorder', partial: 'Fail in part', drop: 'Drop', stalled: 'Stall', unknown: 'Bad messages' };

export function DependencyCard({ of, lab }: { readonly of: Dependency; readonly lab: Lab }): ReactNode {
  const { dependency, title, unavailable, kinds, active } = of;
  const [problem, setProblem] = useState<unknown>();
  const mend = (): void => {
    setProblem(undefined);
    lab.mend(dependency).catch(setProblem);
  };
  return (
    <section className={`card break-card ${active === null ? '' : 'broken'}`} aria-label={title}>
      <div className="spread"><h3>{title}</h3>{active === null ? <Status word={unavailable === null ? 'works' : 'cannot be broken here'} tone={unavailable === null ? 'good' : 'plain'} /> : <Status word={STATES[active.kind]} tone="bad" />}</div>
      {unavailable !== null && <p className="soft">{unavailable}</p>}
      {active !== null && (
        <>
          <p><TimeLeft endsAt={active.endsAt} beganAt={active.beganAt} />{active.latencyMs !== null && ` ${active.latencyMs.toLocaleString()} ms late.`}{active.share !== null && ` ${Math.round(active.share * 100)}% of it.`}</p>
          <p className="row"><span className="soft">Seed <code>{active.seed}</code></span><CopyButton text={String(active.seed)} label="Copy the seed" /><button type="button" className="button small primary" onClick={mend}>Mend it now</button></p>
        </>
      )}
      {problem !== undefined && <ProblemNote problem={problem} />}
      {unavailable === null && active === null && <ul className="break-kinds">{kinds.map((kind) => <li key={kind.kind}><Break kind={kind} of={of} lab={lab} /><span className="soft">{kind.title}</span></li>)}</ul>}
    </section>
  );
}

function TimeLeft({ beganAt, endsAt }: { readonly beganAt: string; readonly endsAt: string }): ReactNode {
  const nowMs = useNowMs();
  const left = secondsLeft(endsAt, nowMs);
  const all = Math.max(1, (Date.parse(endsAt) - Date.parse(beganAt)) / 1_000);
  return <><progress className="break-left" max={all} value={Math.min(all, left)} aria-label="Time left" /> {left === 0 ? 'Ends now.' : `Mended by itself in ${left} s.`}</>;
}

function Break({ kind, of: { dependency, title }, lab }: { readonly kind: Breakable; readonly of: Dependency; readonly lab: Lab }): ReactNode {
  const [typed, setTyped] = useState<Typed>(() => usual(kind));
  const answer = wishOf(kind, typed);
  const faults = 'faults' in answer ? answer.faults : {};
  const wish = 'wish' in answer ? answer.wish : { kind: kind.kind, seconds: kind.maxSeconds };
  const field = (name: keyof Typed, label: string): ReactNode => (
    <label className="field">{label}
      <input inputMode="numeric" value={typed[name]} aria-invalid={faults[name] !== undefined} onChange={({ target }) => setTyped({ ...typed, [name]: target.value })} />
      {faults[name] !== undefined && <span className="fault" role="alert">{faults[name]}</span>}
    </label>
  );
  return (
    <ActButton
      name={WORDS[kind.kind]} scope="admin" tone="danger" isSmall usualReason="to see what happens" isReady={'wish' in answer} onOpen={() => setTyped(usual(kind))}
      call={(reason) => ({ method: 'PUT', path: faultPath(dependency), body: { ...wish, reason: reasonOf(reason) } })} run={(reason) => lab.break(dependency, { ...wish, reason: reasonOf(reason) })}
    >
      <p><b>{title}.</b> {kind.title}</p>
      {field('seconds', `For how many seconds? At most ${kind.maxSeconds}.`)}
      {kind.latencyMs !== null && field('latencyMs', 'How late, in milliseconds?')}
      {kind.share !== null && field('share', 'Which share, in percent?')}
      {field('seed', 'Seed; the same one does the same again. One is drawn when it is left empty.')}
    </ActButton>
  );
}
