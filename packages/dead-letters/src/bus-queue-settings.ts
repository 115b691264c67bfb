/** The configuration of the queues of a service's own bus, the same for every service that owns one. */
import { text, url } from '@commerce/service-kit/config';
import type { BusQueueName } from './bus-queues.ts';

/** Variables of the service. */
export const BUS_QUEUE_VARIABLES = {
  undecryptedQueueUrl: url('BUS_UNDECRYPTED_QUEUE_URL', {
    meaning: 'SQS queue of own events that EventBridge could not encrypt or decrypt. Only a bus with a key of your own has it.', optional: true,
  }),
  replicaBusArn: text('REPLICA_BUS_ARN', { meaning: 'ARN of the copy of the own bus in a second region: what did not reach it is put there again.', optional: true }),
  uncopiedQueueUrl: url('BUS_UNCOPIED_QUEUE_URL', { meaning: 'SQS queue of own events that did not reach the copy of the bus in the second region.', optional: true }),
  replicaUndecryptedQueueUrl: url('REPLICA_UNDECRYPTED_QUEUE_URL', { meaning: 'The same as BUS_UNDECRYPTED_QUEUE_URL, of the copy of the bus.', optional: true }),
};

export interface BusQueueSettings {
  /** Name or ARN; undefined where the bus is none of EventBridge, which has no such queues. */
  readonly eventBusName: string | undefined;
  readonly undecryptedQueueUrl: string | undefined;
  readonly replicaBusArn: string | undefined;
  readonly uncopiedQueueUrl: string | undefined;
  readonly replicaUndecryptedQueueUrl: string | undefined;
}

/** Where a queue is, and the bus to which its events belong. `region`: undefined for that of the process. */
export interface BusQueuePlace {
  readonly name: BusQueueName;
  readonly queueUrl: string;
  readonly busName: string;
  readonly region: string | undefined;
}

const BUS_ARN = /^arn:[^:]+:events:([a-z0-9-]+):\d{12}:event-bus\/.+$/;

/** The queues that are set. Throws when one of the copy is, and the copy is not, or is no bus. */
export function busQueuePlaces({ eventBusName, undecryptedQueueUrl, replicaBusArn, uncopiedQueueUrl, replicaUndecryptedQueueUrl }: BusQueueSettings): BusQueuePlace[] {
  const region = BUS_ARN.exec(replicaBusArn ?? '')?.[1];
  if (region === undefined && [replicaBusArn, uncopiedQueueUrl, replicaUndecryptedQueueUrl].some((one) => one !== undefined)) {
    throw new Error('REPLICA_BUS_ARN must be the ARN of an event bus where BUS_UNCOPIED_QUEUE_URL or REPLICA_UNDECRYPTED_QUEUE_URL is set: their events go there.');
  }
  if (eventBusName === undefined && undecryptedQueueUrl !== undefined) throw new Error('BUS_UNDECRYPTED_QUEUE_URL is set and EVENT_BUS_NAME is not: the events of the one go to the other.');
  const places: readonly (Omit<BusQueuePlace, 'queueUrl'> & { readonly queueUrl: string | undefined })[] = [
    { name: 'uncopied', queueUrl: uncopiedQueueUrl, busName: replicaBusArn ?? '', region },
    { name: 'undecrypted', queueUrl: undecryptedQueueUrl, busName: eventBusName ?? '', region: undefined },
    { name: 'replica-undecrypted', queueUrl: replicaUndecryptedQueueUrl, busName: replicaBusArn ?? '', region },
  ];
  return places.flatMap(({ queueUrl, ...place }) => (queueUrl === undefined ? [] : [{ ...place, queueUrl }]));
}

/** Where a queue of AWS stands, by its address: that may be another region than the one of this process. Undefined for an address that is none of AWS. */
export function regionOfQueue(queueUrl: string): string | undefined {
  return /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\//.exec(queueUrl)?.[1];
}
