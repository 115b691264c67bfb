/**
 * One SQS queue: each call ends within a known time and is made once; whoever calls decides what follows. Long polls have
 * connections of their own, so that they never take those of deletes and extensions.
 */
import type {
  ChangeMessageVisibilityBatchRequest, ChangeMessageVisibilityBatchResult, DeleteMessageBatchRequest, DeleteMessageBatchResult,
  ReceiveMessageRequest, ReceiveMessageResult,
} from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import type { AwsOptions, Transport } from './client.aws.ts';
import { AwsUnfit, assertConfigured, callSignal, clientConfig, errorCode } from './client.aws.ts';
import { AwsJson } from './aws-json.http.ts';

/** Entries in one SQS call at most. */
export const BATCH = 10;

export interface QueueOptions {
  readonly queueUrl: string;
  readonly aws: AwsOptions;
  readonly transport: Transport;
  /** Long polls at once. */
  readonly receivers: number;
  readonly waitSeconds: number;
  /** For every call; a long poll has its wait on top. */
  readonly requestTimeoutMs: number;
}

/** What the queue says of itself. */
export interface QueueFacts {
  readonly visibilitySeconds: number;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** From 1. */
  readonly receiveCount: number;
}

export interface VisibilityChange {
  readonly receiptHandle: string;
  readonly seconds: number;
}

/** What a consumer asks of its queue. */
export type QueueCalls = Pick<Queue, 'name' | 'facts' | 'receive' | 'remove' | 'changeVisibility' | 'close'>;

/** The queue will not do as it is, and waiting does not mend it. The message says what does. */
export class QueueUnfit extends AwsUnfit {
  override readonly name = 'QueueUnfit';
}

const MENDS: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'Deploy the stack that owns it, or correct URL, account and region.',
  AccessDenied: 'Grant sqs:GetQueueAttributes, ReceiveMessage, DeleteMessage and ChangeMessageVisibility on it.',
  AccessDeniedException: 'Grant sqs:GetQueueAttributes, ReceiveMessage, DeleteMessage and ChangeMessageVisibility on it.',
};

/** The calls that are made all the time, over one of the transports. */
interface Calls {
  receive(input: ReceiveMessageRequest, signal: AbortSignal): Promise<ReceiveMessageResult>;
  remove(input: DeleteMessageBatchRequest, signal: AbortSignal): Promise<Partial<DeleteMessageBatchResult>>;
  changeVisibility(input: ChangeMessageVisibilityBatchRequest, signal: AbortSignal): Promise<Partial<ChangeMessageVisibilityBatchResult>>;
  close(): void;
}

const ACK_SOCKETS = 32;

function directCalls(client: SQSClient, { receivers, waitSeconds, requestTimeoutMs }: QueueOptions): Calls {
  const service = { client, service: 'sqs', target: 'AmazonSQS', version: '1.0' } as const;
  const polls = new AwsJson({ ...service, requestTimeoutMs: waitSeconds * 1_000 + requestTimeoutMs, maxSockets: receivers });
  const acks = new AwsJson({ ...service, requestTimeoutMs, maxSockets: ACK_SOCKETS });
  return {
    receive: (input, signal) => polls.call('ReceiveMessage', JSON.stringify(input), signal),
    remove: (input, signal) => acks.call('DeleteMessageBatch', JSON.stringify(input), signal),
    changeVisibility: (input, signal) => acks.call('ChangeMessageVisibilityBatch', JSON.stringify(input), signal),
    close: () => {
      polls.close();
      acks.close();
    },
  };
}

function sdkCalls(acks: SQSClient, { aws, receivers, waitSeconds, requestTimeoutMs }: QueueOptions): Calls {
  const polls = new SQSClient({ ...clientConfig(aws, { requestTimeoutMs: waitSeconds * 1_000 + requestTimeoutMs, maxSockets: receivers }), ...SQS_CONFIG });
  const limit = (signal: AbortSignal): { abortSignal: AbortSignal } => ({ abortSignal: callSignal(2 * requestTimeoutMs, signal) });
  return {
    receive: (input, signal) => polls.send(new ReceiveMessageCommand(input), { abortSignal: callSignal(waitSeconds * 1_000 + 2 * requestTimeoutMs, signal) }),
    remove: (input, signal) => acks.send(new DeleteMessageBatchCommand(input), limit(signal)),
    changeVisibility: (input, signal) => acks.send(new ChangeMessageVisibilityBatchCommand(input), limit(signal)),
    close: () => polls.destroy(),
  };
}

/**
 * TLS keeps bodies whole; the SDK's MD5 in JavaScript would check them once more at a cost. The region is the queue's: its
 * URL may name a host that only AWS knows.
 */
const SQS_CONFIG = { md5: false, useQueueUrlAsEndpoint: false } as const;

export class Queue {
  readonly name: string;
  readonly #options: QueueOptions;
  readonly #client: SQSClient;
  readonly #calls: Calls;

  constructor(options: QueueOptions) {
    const { queueUrl, aws, transport, requestTimeoutMs } = options;
    this.name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
    this.#options = options;
    this.#client = new SQSClient({ ...clientConfig(aws, { requestTimeoutMs, maxSockets: ACK_SOCKETS }), ...SQS_CONFIG });
    this.#calls = transport === 'sdk' ? sdkCalls(this.#client, options) : directCalls(this.#client, options);
  }

  /** To be called first. Throws `AwsUnfit`, or what the network says. */
  async facts(signal: AbortSignal): Promise<QueueFacts> {
    await assertConfigured(this.#client);
    try {
      const { Attributes: found = {} } = await this.#client.send(
        new GetQueueAttributesCommand({ QueueUrl: this.#options.queueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] }),
        { abortSignal: callSignal(2 * this.#options.requestTimeoutMs, signal) },
      );
      return this.#judge(Number(found['VisibilityTimeout']), found['RedrivePolicy']);
    } catch (error) {
      const mend = MENDS[errorCode(error)];
      if (mend === undefined) throw error;
      throw new QueueUnfit(`The queue "${this.name}" cannot be read (${errorCode(error)}). ${mend}`, { cause: error });
    }
  }

  #judge(visibilitySeconds: number, redrivePolicy: string | undefined): QueueFacts {
    if (redrivePolicy === undefined) {
      throw new QueueUnfit(`The queue "${this.name}" has no redrive policy: a message that is not accepted would come again until it expires. Give it a dead-letter queue.`);
    }
    if (!(visibilitySeconds >= MIN_VISIBILITY_SECONDS)) {
      throw new QueueUnfit(`The queue "${this.name}" has a visibility timeout of ${visibilitySeconds} s; at least ${MIN_VISIBILITY_SECONDS} s are needed to work under it.`);
    }
    return { visibilitySeconds };
  }

  /** One long poll: at most ten messages, invisible to others for `visibilitySeconds`. */
  async receive(visibilitySeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]> {
    const { queueUrl, waitSeconds } = this.#options;
    const { Messages } = await this.#calls.receive(
      {
        QueueUrl: queueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: waitSeconds, VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      },
      signal,
    );
    return (Messages ?? []).map((message) => ({
      messageId: message.MessageId ?? '', receiptHandle: message.ReceiptHandle ?? '', body: message.Body ?? '',
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    }));
  }

  /** Deletes at most ten; resolves with those that SQS did not delete. */
  async remove(receiptHandles: readonly string[], signal: AbortSignal): Promise<string[]> {
    const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
    const { Failed } = await this.#calls.remove({ QueueUrl: this.#options.queueUrl, Entries }, signal);
    return (Failed ?? []).map(({ Id }) => receiptHandles[Number(Id)]).filter((handle) => handle !== undefined);
  }

  /** Changes at most ten; resolves with those that SQS did not change. */
  async changeVisibility(changes: readonly VisibilityChange[], signal: AbortSignal): Promise<VisibilityChange[]> {
    const Entries = changes.map(({ receiptHandle, seconds }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }));
    const { Failed } = await this.#calls.changeVisibility({ QueueUrl: this.#options.queueUrl, Entries }, signal);
    return (Failed ?? []).map(({ Id }) => changes[Number(Id)]).filter((change) => change !== undefined);
  }

  close(): void {
    this.#calls.close();
    this.#client.destroy();
  }
}

const MIN_VISIBILITY_SECONDS = 2;
