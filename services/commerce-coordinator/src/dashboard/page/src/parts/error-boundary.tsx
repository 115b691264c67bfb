/** A view that fails takes no other part of the page down. */
import { Component } from 'react';
import type { ReactNode } from 'react';
import { ProblemNote } from './problem-note.tsx';

interface State {
  readonly error: unknown;
}

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ProblemNote problem={error} onRetry={() => location.reload()} />;
  }
}
