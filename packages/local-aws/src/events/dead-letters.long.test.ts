import { describe, expect, test } from '@jest/globals';
import { DeleteQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { ACCOUNT, attributesOf, isEmpty, lab, orders, paid, publish, receive, REGION, setFaults, stack, until, url, type Lab } from '../../test-kit/lab.ts';

const RULE_ARN = `arn:aws:events:${REGION}:${ACCOUNT}:rule/shop/paid-orders`;
const TARGET_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
const once = { RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 } };

async function setPolicy({ sqs }: Lab, queueUrl: string, statement: object): Promise<void> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*', ...statement }] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy } }));
}

describe('a delivery that fails', () => {
  test.each(['THROTTLING', 'TIMEOUT', 'CONNECTION_FAILURE', 'INTERNAL_ERROR'] as const)('with %s is tried again as often as the policy says, then is a dead letter', async (failedAttemptsAs) => {
    const shop = await lab(stack({ target: once }));
    await setFaults(shop, { failedAttempts: 1, failedAttemptsAs });
    await publish(shop, paid(1));
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(orders(dead === undefined ? [] : [dead])).toEqual([1]);
    expect(attributesOf(dead)).toEqual({
      RULE_ARN, TARGET_ARN, ERROR_CODE: failedAttemptsAs, ERROR_MESSAGE: 'A fault switch has failed this attempt.',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '1',
    });
    expect(shop.aws.metrics()).toMatchObject({ retried: 1, deadLettered: 1, delivered: 0, pending: 0 });
  });

  test('is a dead letter when the event is too old, and says so', async () => {
    let laterMs = 0;
    const clock = {
      nowMs: () => Date.now() + laterMs,
      after: (delayMs: number, run: () => void) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      soon: (run: () => void) => void setImmediate(run),
    };
    const shop = await lab({ ...stack({ target: { RetryPolicy: { MaximumEventAgeInSeconds: 60 } } }), surroundings: { clock } });
    await setFaults(shop, { failedAttempts: 1 });
    await publish(shop, paid(1));
    await until(() => shop.aws.metrics().retried === 1);
    laterMs = 61_000;
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(attributesOf(dead)).toMatchObject({ ERROR_CODE: 'THROTTLING', EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', RETRY_ATTEMPTS: '1' });
  });

  test('by want of permission is a dead letter at once', async () => {
    const shop = await lab(stack());
    await setPolicy(shop, url(shop), { Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': `${RULE_ARN}-other` } } });
    await publish(shop, paid(1));
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(attributesOf(dead)).toEqual({ RULE_ARN, TARGET_ARN, ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: expect.any(String), RETRY_ATTEMPTS: '0' });
    await setPolicy(shop, url(shop), { Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': RULE_ARN } } });
    await publish(shop, paid(2));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([2]);
  });

  test('is lost, and told, when the dead-letter queue does not let EventBridge in either', async () => {
    const warnings: unknown[] = [];
    const shop = await lab({ ...stack(), surroundings: { log: { warn: (_, details) => warnings.push(details) } } });
    await setPolicy(shop, url(shop, 'UndeliveredUrl'), { Principal: { Service: 's3.amazonaws.com' } });
    await shop.sqs.send(new DeleteQueueCommand({ QueueUrl: url(shop) }));
    await publish(shop, paid(1));
    await until(() => shop.aws.metrics().givenUp === 1);
    expect(warnings).toEqual([expect.objectContaining({ ERROR_CODE: 'NO_RESOURCE', deadLetterError: 'NO_PERMISSIONS' })]);
    expect(await isEmpty(shop, url(shop, 'UndeliveredUrl'))).toBe(true);
  });

  test('holds the event as it was, not the input of the target', async () => {
    const shop = await lab(stack({ target: { Input: '{"fixed":true}' } }));
    await shop.sqs.send(new DeleteQueueCommand({ QueueUrl: url(shop) }));
    await publish(shop, paid(7));
    expect(orders(await receive(shop, url(shop, 'UndeliveredUrl'), 1))).toEqual([7]);
  });
});

describe('message groups', () => {
  test('a target without a group cannot be a FIFO queue, and no dead-letter queue can', async () => {
    const fifo = { QueueName: 'orders.fifo', FifoQueue: true, RedrivePolicy: undefined };
    await expect(lab(stack({ queue: fifo }))).rejects.toThrow('Parameter(s) SqsParameters must be specified for target: queue.');
    await expect(lab(stack({ target: { DeadLetterConfig: { Arn: `${TARGET_ARN}.fifo` } } }))).rejects.toThrow('SQS FIFO is not supported by Dead Letter Queues.');
  });

  test('a FIFO queue without content-based deduplication takes nothing: there is no other id', async () => {
    const fifo = { QueueName: 'orders.fifo', FifoQueue: true, RedrivePolicy: undefined };
    const shop = await lab(stack({ queue: fifo, target: { SqsParameters: { MessageGroupId: 'orders' } } }));
    await publish(shop, paid(1));
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(attributesOf(dead)).toMatchObject({ ERROR_CODE: 'ERROR_FROM_TARGET', RETRY_ATTEMPTS: '0' });
  });

  test('a FIFO queue keeps the order of its one group, and drops what it has had', async () => {
    const fifo = { QueueName: 'orders.fifo', FifoQueue: true, ContentBasedDeduplication: true, RedrivePolicy: undefined };
    const shop = await lab(stack({ queue: fifo, target: { SqsParameters: { MessageGroupId: 'orders' } } }));
    await setFaults(shop, { duplicates: 1 });
    await publish(shop, paid(1), paid(2), paid(3));
    const messages = await receive(shop, url(shop), 3);
    expect(orders(messages)).toEqual([1, 2, 3]);
    expect(messages[0]?.Attributes).toMatchObject({ MessageGroupId: 'orders', SequenceNumber: expect.any(String) });
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });

  test('on a standard queue a group is told, and keeps nothing in order', async () => {
    const shop = await lab(stack({ target: { SqsParameters: { MessageGroupId: 'tenant-1' } } }));
    await publish(shop, paid(1), paid(2));
    const messages = await receive(shop, url(shop), 2);
    expect(messages.map(({ Attributes }) => Attributes?.['MessageGroupId'])).toEqual(['tenant-1', 'tenant-1']);
  });
});
