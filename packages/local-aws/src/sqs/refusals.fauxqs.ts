/**
 * What SQS refuses and fauxqs takes, told in AWS's codes and words: attributes that no queue has, redrive policies that cannot work, delays
 * beyond a quarter of an hour, and more than ten attributes of a message.
 */
import { SqsError, type SqsStore } from './fauxqs.ts';
import { unjudgedCondition } from './queue-policy.ts';

type Input = Readonly<Record<string, unknown>>;

const MAX_DELAY_SECONDS = 900;
const MAX_MESSAGE_ATTRIBUTES = 10;
const MAX_RECEIVES = 1_000;
const QUEUE_ATTRIBUTES: ReadonlySet<string> = new Set([
  'VisibilityTimeout', 'DelaySeconds', 'MaximumMessageSize', 'MessageRetentionPeriod', 'ReceiveMessageWaitTimeSeconds', 'RedrivePolicy', 'RedriveAllowPolicy', 'Policy', 'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled', 'FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit',
]);

/** Throws the refusal of a call. Of a batch single entries are refused: see `splitBatch`. */
export function refuse(action: string, input: Input, store: SqsStore): void {
  if (action === 'CreateQueue') return refuseAttributes(input['Attributes'], String(input['QueueName'] ?? '').endsWith('.fifo'), store);
  if (action === 'SetQueueAttributes') return refuseAttributes(input['Attributes'], store.getQueue(String(input['QueueUrl']))?.isFifo(), store);
  if (action !== 'SendMessage') return;
  const refusal = refusalOf(input);
  if (refusal !== undefined) throw refusal;
}

interface SplitBatch {
  /** The same call without the refused entries. */
  readonly input: Record<string, unknown>;
  readonly failed: readonly { readonly Id: unknown; readonly SenderFault: true; readonly Code: string; readonly Message: string }[];
}

/** A SendMessageBatch without what SQS would refuse of it. */
export function splitBatch(input: Record<string, unknown>): SplitBatch {
  if (!Array.isArray(input['Entries'])) return { input, failed: [] };
  const entries = input['Entries'] as readonly Input[];
  const failed = entries.flatMap((entry) => {
    const refusal = refusalOf(entry);
    return refusal === undefined ? [] : [{ Id: entry['Id'], SenderFault: true as const, Code: refusal.code, Message: refusal.message }];
  });
  return { input: failed.length === 0 ? input : { ...input, Entries: entries.filter((entry) => refusalOf(entry) === undefined) }, failed };
}

function refusalOf({ DelaySeconds, MessageAttributes }: Input): SqsError | undefined {
  const isDelay = DelaySeconds === undefined || DelaySeconds === null || (Number.isInteger(DelaySeconds) && Number(DelaySeconds) >= 0 && Number(DelaySeconds) <= MAX_DELAY_SECONDS);
  if (!isDelay) return invalid(`Value ${String(DelaySeconds)} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
  const count = Object.keys(MessageAttributes ?? {}).length;
  if (count > MAX_MESSAGE_ATTRIBUTES) return invalid(`Number of message attributes [${count}] exceeds the allowed maximum [${MAX_MESSAGE_ATTRIBUTES}].`);
  return undefined;
}

function refuseAttributes(value: unknown, isFifo: boolean | undefined, store: SqsStore): void {
  const attributes = (value ?? {}) as Readonly<Record<string, string>>;
  for (const name of Object.keys(attributes)) if (!QUEUE_ATTRIBUTES.has(name)) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  if (attributes['Policy'] !== undefined) refusePolicy(attributes['Policy']);
  const { RedrivePolicy } = attributes;
  // Of a queue that is not there, fauxqs tells that. An empty policy takes the one away that was there.
  if (RedrivePolicy === undefined || RedrivePolicy === '' || isFifo === undefined) return;
  const fault = redriveFault(RedrivePolicy, isFifo, store);
  if (fault !== undefined) throw invalid(`Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${fault}`);
}

/** Throws for a policy that cannot be judged here. */
export function refusePolicy(text: string): void {
  const condition = unjudgedCondition(text);
  if (condition !== undefined) throw new SqsError('UnsupportedOperation', `The local SQS does not judge the condition ${condition} of a policy.`);
}

function redriveFault(text: string, isFifo: boolean, store: SqsStore): string | undefined {
  const policy = mapOf(text);
  if (policy === undefined) return 'Redrive policy is not a valid JSON map.';
  for (const name of ['deadLetterTargetArn', 'maxReceiveCount']) if (policy[name] === undefined) return `Redrive policy does not contain mandatory attribute: ${name}.`;
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  const receives = Number(maxReceiveCount);
  if (!Number.isInteger(receives) || receives < 1 || receives > MAX_RECEIVES) return `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to ${MAX_RECEIVES} both inclusive.`;
  const target = store.getQueueByArn(String(deadLetterTargetArn));
  if (target === undefined) return 'Dead letter target does not exist.';
  return target.isFifo() === isFifo ? undefined : 'Dead-letter queue must be same type of queue as the source.';
}

function mapOf(text: string): Input | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Input) : undefined;
  } catch {
    return undefined;
  }
}

function invalid(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}
