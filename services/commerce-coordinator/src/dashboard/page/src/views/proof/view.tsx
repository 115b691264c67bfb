/** What the pair was put through in the last run of the fault tests that is kept, and what held: a grid of faults and invariants. */
import { Fragment } from 'react';
import type { ReactNode } from 'react';
import { useQueryText } from '../../address.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Status } from '../../parts/status.tsx';
import { byClass, headline, LAST_RUN } from './last-run.ts';
import type { RunRow } from './last-run.ts';
import './proof.css';

export function ProofView(): ReactNode {
  const { invariants, rows, seed, startedAt, machine, command, tookMs } = LAST_RUN;
  const [chosen, choose] = useQueryText('fault');
  const row = rows.find(({ id }) => id === chosen);
  return (
    <>
      <h1>Proof</h1>
      <p><strong>{headline(LAST_RUN)}.</strong></p>
      <p className="soft">Run <Moment at={startedAt} /> with the seed {seed}, in {Math.round(tookMs / 1_000)} s, on {machine}. Each fault is done to real processes under orders; a witness that is never harmed wrote what it was promised.</p>
      <p><code>{command}</code> <CopyButton text={command} /></p>
      <div className="proof-scroll" role="region" aria-label="Grid of faults and invariants" tabIndex={0}>
        <table className="proof">
          <thead><tr><th scope="col">Fault</th>{invariants.map(({ id, name }) => <th key={id} scope="col"><abbr title={name}>{id}</abbr></th>)}<th scope="col">At rest after</th></tr></thead>
          {byClass(rows).map(([faultClass, all]) => (
            <tbody key={faultClass}>
              <tr><th scope="rowgroup" colSpan={invariants.length + 2} className="soft">{faultClass}</th></tr>
              {all.map((one) => <GridRow key={one.id} row={one} isChosen={one.id === chosen} onChoose={() => choose(one.id === chosen ? '' : one.id)} />)}
            </tbody>
          ))}
        </table>
      </div>
      {row !== undefined && <Details row={row} />}
      <h2>What must hold</h2>
      <dl className="proof-invariants">{invariants.map(({ id, name }) => <Fragment key={id}><dt>{id}</dt><dd>{name}</dd></Fragment>)}</dl>
    </>
  );
}

function GridRow({ row: { id, name, cells, fault, convergedInMs }, isChosen, onChoose }: { readonly row: RunRow; readonly isChosen: boolean; readonly onChoose: () => void }): ReactNode {
  return (
    <tr className={isChosen ? 'is-chosen' : ''}>
      <th scope="row"><button type="button" className="button small" aria-pressed={isChosen} onClick={onChoose}>{id}</button> {name}</th>
      {cells.map(({ invariant, wrong }) => <td key={invariant}>{fault === null ? <Cell wrong={wrong} /> : <Status word="not run" tone="warn" />}</td>)}
      <td>{convergedInMs === null ? <Status word="never" tone="bad" /> : `${(convergedInMs / 1_000).toFixed(1)} s`}</td>
    </tr>
  );
}

function Cell({ wrong }: { readonly wrong: readonly string[] | null }): ReactNode {
  if (wrong === null) return <abbr title="Nothing to judge">–</abbr>;
  return <Status word={wrong.length === 0 ? 'ok' : 'red'} tone={wrong.length === 0 ? 'good' : 'bad'} />;
}

function Details({ row: { id, name, fault, cells, notes, counts, kills, again } }: { readonly row: RunRow }): ReactNode {
  const wrong = cells.flatMap(({ invariant, wrong: all }) => (all ?? []).map((text) => `${invariant}: ${text}`));
  return (
    <section aria-label={`Fault ${id}`} className="stack">
      <h2>{id}: {name}</h2>
      <p>{counts.accepted} orders accepted, {counts.lost} lost, {counts.deliveredTwice} delivered twice, {counts.extraWebhooks} webhooks came again; {kills} processes ended by a signal.</p>
      {fault !== null && <p><Status word="not run" tone="warn" /> {fault}</p>}
      {wrong.length > 0 && <ul>{wrong.map((text) => <li key={text}>{text}</li>)}</ul>}
      {notes.length > 0 && <ul className="soft">{notes.map((text) => <li key={text}>{text}</li>)}</ul>}
      <p>Again: <code>{again}</code> <CopyButton text={again} /></p>
    </section>
  );
}
