/**
 * One SQS queue as its operator works with it: looks at what lies there, ends it, brings it elsewhere, and runs the tasks by which
 * SQS itself moves dead letters back. Few calls, so all go through the SDK. Each ends within a known time and is made once.
 */
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import {
  CancelMessageMoveTaskCommand, ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, GetQueueAttributesCommand, ListMessageMoveTasksCommand,
  ReceiveMessageCommand, SendMessageBatchCommand, SQSClient, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { inTens } from './by-tens.ts';
import type { AwsOptions } from './client.aws.ts';
import { AwsUnfit, callSignal, clientConfig, errorCode } from './client.aws.ts';
import { BATCH } from './queue.sqs.ts';

export { AwsUnfit } from './client.aws.ts';
export { BusUnfit } from './unfit.ts';

export interface OperatedQueueOptions {
  readonly queueUrl: string;
  readonly aws?: AwsOptions;
  /** For every call; a long poll has its wait on top. Default 5,000 ms. */
  readonly requestTimeoutMs?: number;
}

/** A message as it lies in a queue. */
export interface LyingMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** How often it was received, looks included. */
  readonly receiveCount: number;
  /** When it was sent first; a move to a dead-letter queue does not change it. Unix milliseconds. */
  readonly sentAtMs: number;
  /** The message's own attributes, as text. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A task by which SQS moves the messages of a dead-letter queue back to where they came from. */
export interface MoveTask {
  /** Only of a running one. */
  readonly handle: string | undefined;
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly moved: number;
  readonly failureReason: string | undefined;
}

/** What of a queue its operator works with: this one of SQS, or another that stands for it. */
export type QueueInOperation = Pick<OperatedQueue, keyof OperatedQueue>;

/** What of a queue whoever looks through it works with: of SQS, or a topic that stands for one. */
export interface LyingQueue extends Pick<QueueInOperation, 'name' | 'arn' | 'receive' | 'remove' | 'hide' | 'release' | 'depth'> {
  /** Undefined when nothing ends there by itself, or it cannot be known. */
  retentionSeconds(signal: AbortSignal): Promise<number | undefined>;
  close(): void | Promise<void>;
}

const MOST_BYTES = 1_000_000;
/** Calls at once, where one does not wait for the other. */
const AT_ONCE = 8;

export class OperatedQueue {
  readonly name: string;
  readonly #url: string;
  readonly #client: SQSClient;
  readonly #timeoutMs: number;
  #arn: string | undefined;

  constructor({ queueUrl, aws = {}, requestTimeoutMs = 5_000 }: OperatedQueueOptions) {
    this.name = nameOf(queueUrl);
    this.#url = queueUrl;
    this.#timeoutMs = requestTimeoutMs;
    this.#client = new SQSClient({ ...clientConfig(aws, { requestTimeoutMs: requestTimeoutMs + 1_000, maxSockets: AT_ONCE }), useQueueUrlAsEndpoint: false });
  }

  /** Throws `AwsUnfit` when there is no such queue, or this process may not see it. */
  async arn(signal: AbortSignal): Promise<string> {
    this.#arn ??= (await this.#attributes(['QueueArn'], signal))['QueueArn'];
    if (this.#arn === undefined) throw new AwsUnfit(`The queue "${this.name}" does not tell its ARN.`);
    return this.#arn;
  }

  /** Address of the queue to which this one gives what was received too often; undefined when there is none. Throws `AwsUnfit`. */
  async deadLetterUrl(signal: AbortSignal): Promise<string | undefined> {
    const policy = (await this.#attributes(['RedrivePolicy'], signal))['RedrivePolicy'];
    const arn = policy === undefined ? undefined : (JSON.parse(policy) as { readonly deadLetterTargetArn?: string }).deadLetterTargetArn;
    return arn === undefined ? undefined : this.#url.slice(0, -this.name.length) + arn.slice(arn.lastIndexOf(':') + 1);
  }

  /** At most ten, hidden from everybody else for `hideSeconds`. */
  async receive(hideSeconds: number, waitSeconds: number, signal: AbortSignal): Promise<LyingMessage[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url, MaxNumberOfMessages: BATCH, VisibilityTimeout: hideSeconds, WaitTimeSeconds: waitSeconds,
        MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      }),
      this.#limit(signal, waitSeconds * 1_000),
    );
    return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes, MessageAttributes = {} }) => ({
      messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
      sentAtMs: Number(Attributes?.SentTimestamp ?? 0), attributes: texts(MessageAttributes),
    }));
  }

  /** Deletes them. What SQS does not delete comes again. */
  async remove(handles: readonly string[], signal: AbortSignal): Promise<void> {
    for (const ten of inTens(handles)) {
      const Entries = ten.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }), this.#limit(signal));
    }
  }

  /** Hides them for so long from now. Twelve hours after its receipt SQS shows a message again whatever is asked for; that is no fault here. */
  async hide(handles: readonly string[], seconds: number, signal: AbortSignal): Promise<void> {
    const calls = inTens(handles).values();
    // Each takes the next call from the same iterator.
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (const ten of calls) {
        const Entries = ten.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: seconds }));
        await this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }), this.#limit(signal));
      }
    }));
  }

  /** Lets everybody see them again at once. */
  async release(handles: readonly string[], signal: AbortSignal): Promise<void> {
    await this.hide(handles, 0, signal);
  }

  /** How many lie there, seen and hidden ones. SQS counts about right, and some seconds behind. */
  async depth(signal: AbortSignal): Promise<number> {
    const { ApproximateNumberOfMessages: seen, ApproximateNumberOfMessagesNotVisible: hidden } = await this.#attributes(['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'], signal);
    return Number(seen ?? 0) + Number(hidden ?? 0);
  }

  /** For how long a message stays in it, from when it was first sent, in seconds. */
  async retentionSeconds(signal: AbortSignal): Promise<number> {
    return Number((await this.#attributes(['MessageRetentionPeriod'], signal))['MessageRetentionPeriod'] ?? 0);
  }

  /** Sends bodies as they are, ten in a call where they fit. Resolves with the places of those that SQS did not take. */
  async send(bodies: readonly string[], signal: AbortSignal): Promise<Set<number>> {
    const refused = new Set<number>();
    for (const places of callsOf(bodies)) {
      const Entries = places.map((place) => ({ Id: String(place), MessageBody: bodies[place] ?? '' }));
      const { Failed = [] } = await this.#client.send(new SendMessageBatchCommand({ QueueUrl: this.#url, Entries }), this.#limit(signal));
      for (const { Id } of Failed) refused.add(Number(Id));
    }
    return refused;
  }

  /** Lets SQS move all that is visible here to where it came from. `perSecond`: 1 to 500. Throws what SQS says, so when one runs already. */
  async startMove(perSecond: number, signal: AbortSignal): Promise<void> {
    await this.#client.send(new StartMessageMoveTaskCommand({ SourceArn: await this.arn(signal), MaxNumberOfMessagesPerSecond: perSecond }), this.#limit(signal));
  }

  /** The task that began last; undefined when there was none. */
  async lastMove(signal: AbortSignal): Promise<MoveTask | undefined> {
    const { Results = [] } = await this.#client.send(new ListMessageMoveTasksCommand({ SourceArn: await this.arn(signal), MaxResults: 1 }), this.#limit(signal));
    const [task] = Results;
    if (task === undefined) return undefined;
    return {
      handle: task.TaskHandle, status: task.Status as MoveTask['status'], startedAtMs: task.StartedTimestamp ?? 0, moved: task.ApproximateNumberOfMessagesMoved ?? 0,
      failureReason: task.FailureReason,
    };
  }

  async cancelMove(handle: string, signal: AbortSignal): Promise<void> {
    await this.#client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }), this.#limit(signal));
  }

  close(): void {
    this.#client.destroy();
  }

  async #attributes(names: readonly ('QueueArn' | 'RedrivePolicy' | 'ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible' | 'MessageRetentionPeriod')[], signal: AbortSignal): Promise<Partial<Record<string, string>>> {
    try {
      const { Attributes = {} } = await this.#client.send(new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: [...names] }), this.#limit(signal));
      return Attributes;
    } catch (error) {
      const code = errorCode(error);
      if (/QueueDoesNotExist|AccessDenied/.test(code)) throw new AwsUnfit(`The queue "${this.name}" cannot be read (${code}). Deploy the stack that owns it, and let this process run under the role for operations.`, { cause: error });
      throw error;
    }
  }

  #limit(signal: AbortSignal, waitMs = 0): { abortSignal: AbortSignal } {
    return { abortSignal: callSignal(2 * this.#timeoutMs + waitMs, signal) };
  }
}

function nameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
}

function texts(attributes: Readonly<Record<string, MessageAttributeValue>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).flatMap(([name, { StringValue }]) => (StringValue === undefined ? [] : [[name, StringValue]])));
}

/** Places of the bodies that go into one call: at most ten, and no more bytes than a call may have. */
function callsOf(bodies: readonly string[]): number[][] {
  const calls: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  bodies.forEach((body, place) => {
    const size = Buffer.byteLength(body);
    if (bytes + size > MOST_BYTES || (calls.at(-1)?.length ?? BATCH) === BATCH) {
      calls.push([]);
      bytes = 0;
    }
    calls.at(-1)?.push(place);
    bytes += size;
  });
  return calls;
}
