/** An action of SQS that fauxqs does not have. */
import type { SqsStore } from './fauxqs.ts';
import type { MoveTasks } from './move-tasks.fauxqs.ts';

interface OwnContext {
  readonly store: SqsStore;
  readonly moves: MoveTasks;
}

export type OwnAction = (input: Readonly<Record<string, unknown>>, context: OwnContext) => object;
