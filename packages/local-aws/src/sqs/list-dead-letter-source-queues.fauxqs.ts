/** ListDeadLetterSourceQueues, always as one page. */
import { deadLetterSources } from './dead-letter-sources.fauxqs.ts';
import { QueueDoesNotExistError } from './fauxqs.ts';
import type { OwnAction } from './own-action.fauxqs.ts';

export const listDeadLetterSourceQueues: OwnAction = ({ QueueUrl }, { store }) => {
  const queue = store.getQueue(String(QueueUrl));
  if (queue === undefined) throw new QueueDoesNotExistError();
  return { queueUrls: deadLetterSources(store, queue).map(({ url }) => url) };
};
