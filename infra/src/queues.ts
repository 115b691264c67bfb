/**
 * Every queue here: encrypted, closed to plain text connections, and keeping what it has for a week, so that a message outlasts a long outage
 * (what is older lies in the archive of the bus). A dead letter waits for a person for as long as SQS keeps anything: its time runs on from when the message
 * was first sent, so that a dead-letter queue that kept no longer than its source could lose at once what the source gives up late.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

const RETENTION = Duration.days(7);
/** The most that SQS allows. */
const DEAD_LETTER_RETENTION = Duration.days(14);

export interface QueueOptions extends Pick<QueueProps, 'visibilityTimeout' | 'deadLetterQueue' | 'retentionPeriod'> {
  readonly name: string;
  /** @default SQS's own key */
  readonly key?: IKey | undefined;
}

export function makeQueue(scope: Construct, id: string, { name, key, ...more }: QueueOptions): Queue {
  const encryption = key === undefined ? { encryption: QueueEncryption.SQS_MANAGED } : { encryption: QueueEncryption.KMS, encryptionMasterKey: key };
  return new Queue(scope, id, { queueName: name, retentionPeriod: RETENTION, enforceSSL: true, ...encryption, ...more });
}

/** A queue that takes what others could not: nothing is tried from it by itself, so it has no dead-letter queue of its own. */
export function makeDeadLetterQueue(scope: Construct, id: string, options: Omit<QueueOptions, 'deadLetterQueue'>): Queue {
  const queue = makeQueue(scope, id, { retentionPeriod: DEAD_LETTER_RETENTION, ...options });
  const reason = 'It is a dead-letter queue itself: what lies in it waits for a person.';
  Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason }, { id: 'Serverless-SQSRedrivePolicy', reason });
  return queue;
}

/** Lets EventBridge send to the queue on behalf of one rule, or of one bus, and of nothing else. */
export function letEventBridgeSend(queue: Queue, sourceArn: string): void {
  queue.addToResourcePolicy(new PolicyStatement({
    sid: 'FromThisSourceAlone',
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnEquals: { 'aws:SourceArn': sourceArn } },
  }));
}
