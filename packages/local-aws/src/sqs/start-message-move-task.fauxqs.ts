/** StartMessageMoveTask: only out of a queue that is the dead-letter queue of a queue, as on AWS; that of a rule's target is none. */
import { deadLetterSources } from './dead-letter-sources.fauxqs.ts';
import { SqsError } from './fauxqs.ts';
import { queueOf } from './move-tasks.fauxqs.ts';
import type { OwnAction } from './own-action.fauxqs.ts';

const MOST_PER_SECOND = 500;

export const startMessageMoveTask: OwnAction = ({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate }, { store, moves }) => {
  const source = queueOf(store, SourceArn, 'SourceArn');
  if (deadLetterSources(store, source).length === 0) throw invalid('Source queue must be configured as a Dead Letter Queue.');
  const destination = DestinationArn === undefined ? undefined : queueOf(store, DestinationArn, 'DestinationArn');
  const isRate = rate === undefined || (Number.isInteger(rate) && Number(rate) >= 1 && Number(rate) <= MOST_PER_SECOND);
  if (!isRate) throw invalid(`Value ${String(rate)} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and ${MOST_PER_SECOND}.`);
  const isBusy = moves.of(source.arn).some(({ status }) => status === 'RUNNING' || status === 'CANCELLING');
  if (isBusy) throw invalid('There is already a task running. Only one active task is allowed for a source queue arn at a given time.');
  return { TaskHandle: moves.start({ source, destination, maxPerSecond: rate as number | undefined }).handle };
};

function invalid(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}
