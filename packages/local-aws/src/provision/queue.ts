/** AWS::SQS::Queue and AWS::SQS::QueuePolicy. Encryption and policies are told by GetQueueAttributes and have no effect here. */
import { z } from 'zod';
import { flag, tags, whole, type ResourceKind } from './resource-kind.ts';

const queueProperties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: whole.optional(),
  MessageRetentionPeriod: whole.optional(),
  DelaySeconds: whole.optional(),
  MaximumMessageSize: whole.optional(),
  ReceiveMessageWaitTimeSeconds: whole.optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: whole.transform(Number) }).optional(),
  RedriveAllowPolicy: z.record(z.string(), z.unknown()).optional(),
  SqsManagedSseEnabled: flag.optional(),
  KmsMasterKeyId: z.string().optional(),
  KmsDataKeyReusePeriodSeconds: whole.optional(),
  FifoQueue: flag.optional(),
  ContentBasedDeduplication: flag.optional(),
  DeduplicationScope: z.string().optional(),
  FifoThroughputLimit: z.string().optional(),
  Tags: tags,
});

export const queue: ResourceKind = (properties, { queues }, generatedName) => {
  const { QueueName, Tags, ...attributes } = queueProperties.parse(properties);
  const name = QueueName ?? (attributes.FifoQueue === 'true' ? `${generatedName}.fifo` : generatedName);
  const made = queues.create({ name, attributes: asTexts(attributes), tags: Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key, Value])) });
  return { ref: made.url, attributes: { Arn: made.arn, QueueName: made.name, QueueUrl: made.url } };
};

const policyProperties = z.strictObject({ Queues: z.array(z.string()), PolicyDocument: z.record(z.string(), z.unknown()) });

export const queuePolicy: ResourceKind = (properties, { queues }, generatedName) => {
  const { Queues, PolicyDocument } = policyProperties.parse(properties);
  for (const url of Queues) queues.setPolicy(url, JSON.stringify(PolicyDocument));
  return { ref: generatedName, attributes: {} };
};

/** SQS keeps every attribute as a text, policies as JSON. */
function asTexts(attributes: object): Record<string, string> {
  const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
}
