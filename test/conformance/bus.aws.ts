/**
 * The side of EventBridge and SQS on which a client of Order Fulfillment stands: a queue that the kit makes for itself with a rule
 * on the bus, or one that is given; and a queue or bus to which it sends as Order Fulfillment would.
 * Promise: what the kit made it takes away again. A queue that is given is emptied while the kit listens.
 */
import {
  DeleteRuleCommand, EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand, DeleteMessageBatchCommand, DeleteQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient,
} from '@aws-sdk/client-sqs';

export interface AwsPlace {
  /** Left out: AWS itself. */
  readonly endpoint?: string | undefined;
  readonly region: string;
}

/** One message, as it came. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
  /** By the steady clock. */
  readonly atMs: number;
}

export interface Listening {
  readonly queueUrl: string;
  /** Everything that has come, in the order of arrival. */
  readonly messages: readonly Message[];
  stop(): Promise<void>;
}

const POLL_SECONDS = 1;
const PAUSE_AFTER_FAULT_MS = 500;

function clients({ endpoint, region }: AwsPlace): { sqs: SQSClient; events: EventBridgeClient } {
  const local = endpoint !== undefined && process.env['AWS_ACCESS_KEY_ID'] === undefined && process.env['AWS_PROFILE'] === undefined;
  const config = { region, ...(endpoint !== undefined && { endpoint }), ...(local && { credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }) };
  return { sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }), events: new EventBridgeClient(config) };
}

/** Listens to a queue and deletes what it has read. `heard` is told of each message. */
export function listen(place: AwsPlace, queueUrl: string, heard: (message: Message) => void = () => undefined): Listening {
  const { sqs } = clients(place);
  const ended = new AbortController();
  const messages: Message[] = [];
  const loop = async (): Promise<void> => {
    while (!ended.signal.aborted) await once().catch(() => pause(ended.signal));
  };
  const once = async (): Promise<void> => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: POLL_SECONDS }), { abortSignal: ended.signal });
    const atMs = performance.now();
    for (const { MessageId = '', Body = '' } of Messages) {
      const message = { messageId: MessageId, body: Body, atMs };
      messages.push(message);
      heard(message);
    }
    if (Messages.length === 0) return;
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })) }));
  };
  const running = loop();
  return {
    queueUrl, messages,
    async stop() {
      ended.abort();
      await running;
      sqs.destroy();
    },
  };
}

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PAUSE_AFTER_FAULT_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

export interface OwnQueue {
  readonly queueUrl: string;
  remove(): Promise<void>;
}

/** A queue alone. */
export async function makeQueue(place: AwsPlace, name: string): Promise<OwnQueue> {
  const { sqs } = clients(place);
  const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return {
    queueUrl,
    async remove() {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
      sqs.destroy();
    },
  };
}

/** A queue with a rule on the bus that sends it every event of these clients, of all types. */
export async function subscribe(place: AwsPlace, bus: string, clientIds: readonly string[]): Promise<OwnQueue> {
  const name = `conformance-${crypto.randomUUID()}`;
  const queue = await makeQueue(place, name);
  const { sqs, events } = clients(place);
  const pattern = JSON.stringify({ detail: { data: { clientId: clientIds } } });
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue.queueUrl, AttributeNames: ['QueueArn'] }));
  const arn = Attributes?.['QueueArn'] ?? '';
  const { RuleArn } = await events.send(new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: pattern, State: 'ENABLED' }));
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn, Condition: { ArnEquals: { 'aws:SourceArn': RuleArn } } }] };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.queueUrl, Attributes: { Policy: JSON.stringify(policy) } }));
  await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets: [{ Id: 'conformance', Arn: arn }] }));
  return {
    queueUrl: queue.queueUrl,
    async remove() {
      await removeRule(events, bus, name, pattern);
      await queue.remove();
      sqs.destroy();
      events.destroy();
    },
  };
}

/** An emulator that cannot delete a rule keeps it switched off. */
async function removeRule(events: EventBridgeClient, bus: string, name: string, pattern: string): Promise<void> {
  try {
    await events.send(new RemoveTargetsCommand({ Rule: name, EventBusName: bus, Ids: ['conformance'] }));
    await events.send(new DeleteRuleCommand({ Name: name, EventBusName: bus }));
  } catch {
    await events.send(new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: pattern, State: 'DISABLED' }));
  }
}

/** Where events are sent for Commerce Coordinator to hear. */
export interface Outlet {
  /** Sends the text as it is; undefined when only a bus is there, which takes well-formed events alone. */
  readonly raw: ((body: string) => Promise<void>) | undefined;
  /** Sends one event of this source and type. */
  readonly event: (source: string, type: string, detail: object) => Promise<void>;
  close(): void;
}

/** Sends straight to the queue, in the form in which EventBridge delivers. */
export function queueOutlet(place: AwsPlace, queueUrl: string): Outlet {
  const { sqs } = clients(place);
  const raw = async (body: string): Promise<void> => void (await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body })));
  return { raw, event: (source, type, detail) => raw(JSON.stringify(delivery(source, type, detail))), close: () => sqs.destroy() };
}

/** Sends over the bus, whose rule brings it to the queue. */
export function busOutlet(place: AwsPlace, bus: string): Outlet {
  const { events } = clients(place);
  return {
    raw: undefined,
    async event(source, type, detail) {
      const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({ Entries: [{ EventBusName: bus, Source: source, DetailType: type, Detail: JSON.stringify(detail) }] }));
      if (FailedEntryCount !== 0) throw new Error(`The bus ${bus} refused an event: ${Entries?.[0]?.ErrorCode}`);
    },
    close: () => events.destroy(),
  };
}

/** What EventBridge puts on a queue. */
function delivery(source: string, type: string, detail: object): object {
  return { version: '0', id: crypto.randomUUID(), 'detail-type': type, source, account: '000000000000', time: new Date().toISOString().replace(/\.\d+/, ''), region: 'us-east-1', resources: [], detail };
}
