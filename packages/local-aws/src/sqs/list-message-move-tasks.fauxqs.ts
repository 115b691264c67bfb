/** ListMessageMoveTasks: the latest first, one if no more are asked for. Only a running task shows its handle. */
import { SqsError } from './fauxqs.ts';
import { queueOf, type MoveTask } from './move-tasks.fauxqs.ts';
import type { OwnAction } from './own-action.fauxqs.ts';

const MOST_RESULTS = 10;

export const listMessageMoveTasks: OwnAction = ({ SourceArn, MaxResults = 1 }, { store, moves }) => {
  const source = queueOf(store, SourceArn, 'SourceArn');
  if (!Number.isInteger(MaxResults) || Number(MaxResults) < 1 || Number(MaxResults) > MOST_RESULTS) {
    throw new SqsError('InvalidParameterValue', `Value ${String(MaxResults)} for parameter MaxResults is invalid. Reason: Must be between 1 and ${MOST_RESULTS}.`);
  }
  return { Results: moves.of(source.arn).slice(0, Number(MaxResults)).map(entry) };
};

function entry(task: MoveTask): object {
  return {
    TaskHandle: task.status === 'RUNNING' ? task.handle : undefined, Status: task.status, SourceArn: task.sourceArn, DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.maxPerSecond, ApproximateNumberOfMessagesMoved: task.moved, ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failureReason, StartedTimestamp: task.startedAtMs,
  };
}
