/** A problem: what it is, what to do, and the page about it. */
import type { ReactNode } from 'react';
import { ApiProblem } from '../api.ts';

export function ProblemNote({ problem, onRetry }: { readonly problem: unknown; readonly onRetry?: () => void }): ReactNode {
  const known = problem instanceof ApiProblem ? problem : undefined;
  const text = problem instanceof Error ? problem.message : String(problem);
  return (
    <div className="problem" role="alert">
      <p className="problem-title"><span aria-hidden="true">✕ </span>{known?.title ?? 'This view has failed'}</p>
      {text !== known?.title && <p>{text}</p>}
      {known !== undefined && known.errors.length > 0 && <ul>{known.errors.map(({ path, message }) => <li key={`${path} ${message}`}><code>{path}</code> {message}</li>)}</ul>}
      <p className="row">
        {onRetry !== undefined && <button type="button" className="button" onClick={onRetry}>Try again</button>}
        {known?.type !== undefined && <a href={known.type}>What to do about “{known.code}”</a>}
        {known?.requestId !== undefined && <span className="soft">Request {known.requestId}</span>}
      </p>
    </div>
  );
}
