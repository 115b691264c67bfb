/** Where the queues of a bus are said to be. */
import { expect, test } from '@jest/globals';
import { busQueuePlaces, regionOfQueue } from './bus-queue-settings.ts';

const NONE = { eventBusName: 'shop', undecryptedQueueUrl: undefined, replicaBusArn: undefined, uncopiedQueueUrl: undefined, replicaUndecryptedQueueUrl: undefined };
const COPY = 'arn:aws:events:eu-west-1:000000000000:event-bus/shop';

test('events of a queue go to the bus that it belongs to, in the region of that bus', () => {
  expect(busQueuePlaces(NONE)).toEqual([]);
  expect(busQueuePlaces({ ...NONE, undecryptedQueueUrl: 'u' })).toEqual([{ name: 'undecrypted', queueUrl: 'u', busName: 'shop', region: undefined }]);
  expect(busQueuePlaces({ ...NONE, replicaBusArn: COPY, uncopiedQueueUrl: 'c', replicaUndecryptedQueueUrl: 'r' })).toEqual([
    { name: 'uncopied', queueUrl: 'c', busName: COPY, region: 'eu-west-1' }, { name: 'replica-undecrypted', queueUrl: 'r', busName: COPY, region: 'eu-west-1' },
  ]);
});

test.each([
  [{ uncopiedQueueUrl: 'c' }, 'REPLICA_BUS_ARN'], [{ replicaUndecryptedQueueUrl: 'r', replicaBusArn: 'shop' }, 'REPLICA_BUS_ARN'], [{ undecryptedQueueUrl: 'u', eventBusName: undefined }, 'EVENT_BUS_NAME'],
])('a queue whose bus is not known is refused: %j', (given, says) => {
  expect(() => busQueuePlaces({ ...NONE, ...given })).toThrow(says);
});

test('a queue is asked where it stands', () => {
  expect(['https://sqs.eu-west-1.amazonaws.com/000000000000/q', 'https://sqs.cn-north-1.amazonaws.com.cn/0/q', 'http://127.0.0.1:4566/0/q', 'https://sqs.eu-west-1.example.com/0/q'].map(regionOfQueue))
    .toEqual(['eu-west-1', 'cn-north-1', undefined, undefined]);
});
