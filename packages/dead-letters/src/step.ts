/** What each part of a run works with. */
import type { EventLog } from '@commerce/event-log/log';
import type { Faults, Sleep } from '@commerce/service-kit/ports';
import type { Tx } from '@commerce/event-log/extension';
import type { DeadQueues } from './dead-queues.ts';
import type { Pace } from './pace.ts';
import type { Progress, Run } from './runs.pg.ts';

export interface Step {
  readonly run: Run;
  readonly log: EventLog;
  readonly pace: Pace;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
  readonly faults: Faults;
  /** Aborted when this process stops, or holds the run no longer. */
  readonly signal: AbortSignal;
  /** Records what was done, in the transaction that did it. Resolves with false when the run is to be stopped. Throws `RunTaken`. */
  readonly note: (tx: Tx, progress: Progress) => Promise<boolean>;
}

export interface MessageStep extends Step {
  readonly queues: DeadQueues;
}

/** Who gives something up, and why, for the ledger. */
export function giverUp({ askedBy, why }: Run): { readonly by: string; readonly reason: string } {
  return { by: `${askedBy.subject} (${askedBy.clientId})`, reason: why };
}
