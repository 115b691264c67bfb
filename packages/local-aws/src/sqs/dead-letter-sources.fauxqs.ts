/** Which queues send their dead letters to a queue. */
import type { SqsQueue, SqsStore } from './fauxqs.ts';

/** The queues whose redrive policy names that dead-letter queue. */
export function deadLetterSources(store: SqsStore, { arn }: SqsQueue): readonly SqsQueue[] {
  return [...store.allQueues()].filter(({ attributes }) => deadLetterArn(attributes['RedrivePolicy']) === arn);
}

function deadLetterArn(redrivePolicy: string | undefined): unknown {
  try {
    return (JSON.parse(redrivePolicy ?? '{}') as { deadLetterTargetArn?: unknown }).deadLetterTargetArn;
  } catch {
    return undefined;
  }
}
