/**
 * SQS: fauxqs's store and actions under the names and bounds of the local AWS.
 *
 * Promise: queue URLs name this server's own address and account, so that they work in any client; one region; a queue
 * takes up to `maxMessages`, then senders are throttled (AWS has no such bound, memory has). A long poll whose caller has
 * hung up takes no message with it. EventBridge is kept out of a queue whose policy does not let it
 * in for the rule, or that has none; nobody else is judged by policies. Nothing survives the process.
 */
import { hash, randomUUID } from 'node:crypto';
import { queueArn, type Account } from '../account.ts';
import type { OutgoingMessage, SendFailure } from '../events/delivery.ts';
import type { Clock, NewId } from '../ports.ts';
import { cancelMessageMoveTask } from './cancel-message-move-task.fauxqs.ts';
import { serveDeep } from './deep-queue.fauxqs.ts';
import { calculateMessageSize, FAUXQS_ACTIONS, QueueDoesNotExistError, sendMessage, SqsError, SqsQueue, SqsStore, type SqsMessage } from './fauxqs.ts';
import { fillReceives } from './fifo.fauxqs.ts';
import { listDeadLetterSourceQueues } from './list-dead-letter-source-queues.fauxqs.ts';
import { listMessageMoveTasks } from './list-message-move-tasks.fauxqs.ts';
import { receiveMessage, type Caller } from './long-poll.fauxqs.ts';
import { createMoveTasks } from './move-tasks.fauxqs.ts';
import type { OwnAction } from './own-action.fauxqs.ts';
import { letsEventBridgeSend } from './queue-policy.ts';
import { refuse, refusePolicy, splitBatch } from './refusals.fauxqs.ts';
import { startMessageMoveTask } from './start-message-move-task.fauxqs.ts';

interface QueueSpec {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

interface QueueName {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

interface SqsRequest {
  readonly action: string;
  readonly input: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly caller: Caller;
}

interface SqsAnswer {
  readonly status: number;
  readonly body: object;
  /** The header from which older clients read the error. */
  readonly queryError?: string;
}

export interface Queues {
  create(spec: QueueSpec): QueueName;
  setPolicy(url: string, policy: string): void;
  /** Puts a message on a queue; told are the failures that EventBridge would meet. */
  send(queueArn: string, message: OutgoingMessage): SendFailure | undefined;
  answer(request: SqsRequest): Promise<SqsAnswer>;
  /** Ends all long polls. */
  close(): void;
}

interface QueuesOptions {
  readonly account: Account;
  /** The address under which this server is reached. */
  readonly url: string;
  readonly maxMessages: number;
  readonly clock: Clock;
  readonly newId: NewId;
}

const OWN_ACTIONS: ReadonlyMap<string, OwnAction> = new Map([
  ['CancelMessageMoveTask', cancelMessageMoveTask],
  ['ListDeadLetterSourceQueues', listDeadLetterSourceQueues],
  ['ListMessageMoveTasks', listMessageMoveTasks],
  ['StartMessageMoveTask', startMessageMoveTask],
]);
const SENDERS: ReadonlySet<string> = new Set(['SendMessage', 'SendMessageBatch']);
/** The errors whose old code has a prefix; fauxqs gives it to all of them. */
const PREFIXED: ReadonlySet<string> = new Set([
  'BatchEntryIdsNotDistinct', 'BatchRequestTooLong', 'EmptyBatchRequest', 'InvalidBatchEntryId', 'MessageNotInflight', 'NonExistentQueue',
  'TooManyEntriesInBatchRequest', 'UnsupportedOperation',
]);
const NO_RESOURCE: SendFailure = { code: 'NO_RESOURCE', message: 'The specified queue does not exist.', mayPass: false };
const NO_PERMISSIONS: SendFailure = { code: 'NO_PERMISSIONS', message: 'The policy of the queue does not let EventBridge send to it for this rule.', mayPass: false };
const FULL: SendFailure = { code: 'THROTTLING', message: 'The queue holds as many messages as the local AWS keeps.', mayPass: true };

export function createQueues({ account, url, maxMessages, clock, newId }: QueuesOptions): Queues {
  const store = new LocalStore(account, url);
  const moves = createMoveTasks({ store, clock, newId, isFull, originOf: (message) => store.originOf(message) });

  function isFull(queue: SqsQueue | undefined): boolean {
    return queue !== undefined && messagesIn(queue) >= maxMessages;
  }

  function send(arn: string, message: OutgoingMessage): SendFailure | undefined {
    const queue = store.getQueueByArn(arn);
    if (queue === undefined) return NO_RESOURCE;
    if (!letsEventBridgeSend(queue.attributes['Policy'] ?? '', { queueArn: arn, ruleArn: message.sourceArn })) return NO_PERMISSIONS;
    if (isFull(queue)) return FULL;
    return queue.isFifo() ? sendFifo(store, queue, message) : sendStandard(queue, message);
  }

  async function answer({ action, input, headers, caller }: SqsRequest): Promise<SqsAnswer> {
    try {
      if (SENDERS.has(action) && isFull(store.getQueue(String(input['QueueUrl'])))) throw new SqsError('RequestThrottled', FULL.message);
      if (action === 'ReceiveMessage') return { status: 200, body: withOrigins(input, store, await receiveMessage(input, store, caller)) };
      refuse(action, input, store);
      const own = OWN_ACTIONS.get(action);
      if (own !== undefined) return { status: 200, body: own(input, { store, moves }) };
      const run = FAUXQS_ACTIONS.get(action);
      if (run === undefined) throw new SqsError('UnsupportedOperation', `The local SQS has no action ${action}.`);
      if (action === 'SendMessageBatch') return { status: 200, body: sendBatch(input, store, (entries) => run(entries as never, store, { headers } as never) as BatchAnswer) };
      return { status: 200, body: (await run(input as never, store, { headers } as never)) as object };
    } catch (error) {
      if (error instanceof SqsError) return { status: error.statusCode, body: error.toJSON(), queryError: queryError(error) };
      throw error;
    }
  }

  return {
    create: ({ name, attributes, tags }) => store.createQueue(name, '', '', { ...attributes }, { ...tags }),
    setPolicy: (queueUrl, policy) => {
      refusePolicy(policy);
      store.getQueue(queueUrl)?.setAttributes({ Policy: policy });
    },
    send,
    answer,
    close: () => {
      moves.close();
      store.shutdown();
    },
  };
}

interface BatchAnswer {
  readonly Successful?: readonly object[];
  readonly Failed?: readonly object[];
}

/** A batch that is wrong as a whole fauxqs tells, and single entries that it takes and SQS does not are told beside its own. */
function sendBatch(input: Record<string, unknown>, store: LocalStore, run: (input: Record<string, unknown>) => BatchAnswer): BatchAnswer {
  const { input: rest, failed } = splitBatch(input);
  if (failed.length === 0) return run(input);
  if (store.getQueue(String(input['QueueUrl'])) === undefined) throw new QueueDoesNotExistError();
  const { Successful = [], Failed = [] } = (rest['Entries'] as readonly unknown[]).length === 0 ? {} : run(rest);
  return { Successful, Failed: [...Failed, ...failed] };
}

interface Received {
  readonly Messages?: readonly { readonly ReceiptHandle: string; Attributes?: Record<string, string> }[];
}

/** Tells of dead letters where they come from, if asked; fauxqs does not know. */
function withOrigins(input: Record<string, unknown>, store: LocalStore, answer: Received): object {
  const asked = [input['AttributeNames'], input['MessageSystemAttributeNames']].flat();
  if (!asked.includes('All') && !asked.includes('DeadLetterQueueSourceArn')) return answer;
  const queue = store.getQueue(String(input['QueueUrl']));
  for (const message of answer.Messages ?? []) {
    const held = queue?.inflightMessages.get(message.ReceiptHandle)?.message;
    const origin = held === undefined ? undefined : store.originOf(held);
    if (origin !== undefined) message.Attributes = { ...message.Attributes, DeadLetterQueueSourceArn: origin.arn };
  }
  return answer;
}

/** Where a message is: on the message itself, for a queue may hold very many. */
const PLACE = Symbol('place');

interface Place {
  readonly holder: SqsQueue;
  /** The queue that sent it there as a dead letter. */
  readonly origin: SqsQueue | undefined;
  /** The order in which messages came to the queue that holds them. */
  readonly arrival: number;
}

function placeOf(message: SqsMessage & { readonly [PLACE]?: Place }): Place | undefined {
  return message[PLACE];
}

/** fauxqs's store knows one fixed account and tells queues apart by region; this one has our account, and one region. */
class LocalStore extends SqsStore {
  private readonly account: Account;
  private readonly url: string;
  private arrived = 0;

  constructor(account: Account, url: string) {
    super();
    this.account = account;
    this.url = url;
    this.region = account.region;
  }

  override createQueue(name: string, _url: string, _arn: string, attributes?: Record<string, string>, tags?: Record<string, string>): SqsQueue {
    const queue = super.createQueue(name, `${this.url}/${this.account.accountId}/${name}`, queueArn(this.account, name), attributes, tags);
    if (Object.hasOwn(queue, 'enqueue')) return queue;
    queue.enqueue = (message) => this.enqueue(queue, message);
    if (queue.isFifo()) fillReceives(queue, (message) => placeOf(message)?.arrival ?? 0);
    else serveDeep(queue);
    return queue;
  }

  /** The queue whose redrive policy has moved the message to where it is. */
  originOf(message: SqsMessage): SqsQueue | undefined {
    return placeOf(message)?.origin;
  }

  /** A message that comes out of another queue comes as its dead letter: nothing else moves one. */
  private enqueue(queue: SqsQueue, message: SqsMessage & { [PLACE]?: Place }): void {
    const before = message[PLACE];
    message[PLACE] = { holder: queue, origin: before === undefined || before.holder === queue ? before?.origin : before.holder, arrival: (this.arrived += 1) };
    SqsQueue.prototype.enqueue.call(queue, message);
  }

  override getQueue(url: string): SqsQueue | undefined {
    return this.getQueueByName(url.slice(url.lastIndexOf('/') + 1));
  }

  /** The actions of fauxqs that look up a name make the ARN themselves, with their own account. */
  override getQueueByArn(arn: string): SqsQueue | undefined {
    const known = super.getQueueByArn(arn);
    if (known !== undefined || !arn.includes(FAUXQS_ACCOUNT)) return known;
    return this.getQueueByName(arn.slice(arn.lastIndexOf(':') + 1));
  }
}

const FAUXQS_ACCOUNT = ':000000000000:';

function queryError({ code, queryCode, queryErrorHeader }: SqsError): string {
  if (PREFIXED.has(queryCode)) return queryErrorHeader;
  return `${code === 'QueueNameExists' ? 'QueueAlreadyExists' : code};Sender`;
}

function messagesIn(queue: SqsQueue): number {
  let waiting = queue.messages.length;
  for (const group of queue.fifoMessages.values()) waiting += group.length;
  return waiting + queue.delayedMessages.length + queue.inflightMessages.size;
}

/** Straight into the queue: the body is the bus's own JSON and needs none of the checks of SendMessage but its size. */
function sendStandard(queue: SqsQueue, { body, attributes = {}, messageGroupId }: OutgoingMessage): SendFailure | undefined {
  const messageAttributes = stringAttributes(attributes);
  const maxBytes = Number(queue.attributes['MaximumMessageSize']);
  const couldBeTooLong = body.length * 3 > maxBytes / 2;
  if (couldBeTooLong && calculateMessageSize(body, messageAttributes) > maxBytes) return fromTarget(`Message must be shorter than ${maxBytes} bytes.`);
  const delaySeconds = Number(queue.attributes['DelaySeconds']);
  const message = Object.keys(messageAttributes).length > 0 ? SqsStore.createMessage(body, messageAttributes) : plainMessage(body);
  if (delaySeconds > 0) message.delayUntil = message.sentTimestamp + delaySeconds * 1_000;
  if (messageGroupId !== undefined) message.messageGroupId = messageGroupId;
  queue.enqueue(message);
  return undefined;
}

/** A message without attributes, as `createMessage` makes it, with the digest in one step: a third of the cost of a delivery. */
function plainMessage(body: string): SqsMessage {
  return {
    messageId: randomUUID(), body, md5OfBody: hash('md5', body), messageAttributes: {}, md5OfMessageAttributes: '',
    sentTimestamp: Date.now(), approximateReceiveCount: 0,
  };
}

function sendFifo(store: SqsStore, queue: SqsQueue, { body, attributes = {}, messageGroupId }: OutgoingMessage): SendFailure | undefined {
  try {
    sendMessage({ QueueUrl: queue.url, MessageBody: body, MessageAttributes: stringAttributes(attributes), MessageGroupId: messageGroupId }, store);
    return undefined;
  } catch (error) {
    if (error instanceof SqsError) return fromTarget(error.message);
    throw error;
  }
}

function stringAttributes(attributes: Readonly<Record<string, string>>): Record<string, { DataType: string; StringValue: string }> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
}

function fromTarget(message: string): SendFailure {
  return { code: 'ERROR_FROM_TARGET', message, mayPass: false };
}
