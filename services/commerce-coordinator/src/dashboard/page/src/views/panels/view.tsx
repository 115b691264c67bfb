/** What extensions show of themselves: each declares a panel and the path of its data; how it is drawn follows from the form of the answer. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { $api, callJson } from '../../api.ts';
import { useQueryText } from '../../address.ts';
import { useLiveRefresh } from '../../live.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useSession } from '../../session.tsx';
import { PanelPart } from './parts.tsx';
import { shapeOf } from './shape.ts';
import '../metrics/metrics.css';
import './panels.css';

interface Panel {
  readonly id: string;
  readonly title: string;
  readonly extension: string;
  readonly data: string;
  readonly scope: string;
}

export function PanelsView(): ReactNode {
  const { data, error, isPending, refetch } = $api.useQuery('get', '/panels');
  const [chosen, choose] = useQueryText('panel');
  const panels: readonly Panel[] = data?.items ?? [];
  const panel = panels.find(({ id }) => id === chosen) ?? panels[0];
  return (
    <>
      <h1>Extensions</h1>
      {isPending && <Waiting />}
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data !== undefined && panel === undefined && <Empty title="No extension brings a panel">One that declares <code>panels</code> is shown here: see <a href="/docs/guide/write-an-extension/">Write an extension</a>.</Empty>}
      {panel !== undefined && (
        <>
          <div className="row" role="group" aria-label="Panels">
            {panels.map(({ id, title, extension }) => <button key={id} type="button" className="button panel-button" aria-pressed={id === panel.id} onClick={() => choose(id)}>{title} <span className="soft">{extension}</span></button>)}
          </div>
          <PanelData key={panel.id} panel={panel} />
        </>
      )}
    </>
  );
}

const EVERY_MS = 10_000;

function PanelData({ panel: { title, extension, data: path, scope } }: { readonly panel: Panel }): ReactNode {
  const { scopes } = useSession();
  const may = scope === '' || scopes.includes(scope);
  const key = ['get', path, 'panel'];
  const { data, error, isPending, refetch } = useQuery({ queryKey: key, queryFn: ({ signal }) => callJson<unknown>('GET', path, undefined, signal), refetchInterval: EVERY_MS, enabled: may });
  useLiveRefresh(key, () => may, 3_000);
  if (!may) return <Empty title="You may not read this panel">Its data need the scope <code>{scope}</code>, which your role does not have.</Empty>;
  if (isPending) return <Waiting />;
  if (data === undefined) return <ProblemNote problem={error} onRetry={() => void refetch()} />;
  const { parts, hasMore } = shapeOf(data);
  return (
    <section className="stack" aria-label={title}>
      <p className="soft">Of the extension {extension}, by <code>GET {path}</code></p>
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {parts.length === 0 ? <Empty title="Nothing to show">The extension answers, and has nothing to show yet.</Empty> : parts.map((part, index) => <PanelPart key={`${part.kind} ${part.title ?? ''} ${index}`} part={part} />)}
      {hasMore && <p className="soft">This is the first page; the others come by the API with <code>cursor</code>.</p>}
    </section>
  );
}
