/** CancelMessageMoveTask. What has been moved stays moved. */
import { SqsError } from './fauxqs.ts';
import { queueOf, readHandle } from './move-tasks.fauxqs.ts';
import type { OwnAction } from './own-action.fauxqs.ts';

export const cancelMessageMoveTask: OwnAction = ({ TaskHandle }, { store, moves }) => {
  const { sourceArn } = readHandle(TaskHandle);
  const source = queueOf(store, sourceArn, 'SourceArn');
  const task = moves.of(source.arn).find(({ handle }) => handle === TaskHandle);
  if (task === undefined) throw new SqsError('ResourceNotFoundException', 'Task does not exist.', 404);
  if (task.status !== 'RUNNING') throw new SqsError('UnsupportedOperation', `The task is ${task.status}: only a running one can be cancelled.`);
  moves.cancel(task);
  return { ApproximateNumberOfMessagesMoved: task.moved };
};
