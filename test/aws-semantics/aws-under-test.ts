/**
 * The same tests on two implementations of EventBridge and SQS: the embedded one, in this process, and the LocalStack that
 * LOCALSTACK_URL names. What is expected is what AWS does. Where LocalStack does something else, the test says so in its name and is
 * expected to fail there: when LocalStack mends it, the test is red and the word goes.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateEventBusCommand, DeleteEventBusCommand, DeleteRuleCommand, EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import type { PutEventsRequestEntry, PutEventsResponse, Target } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { startLocalAws } from '@commerce/local-aws/server';
import { afterAll, afterEach, beforeAll, test } from '@jest/globals';
import { LOCALSTACK_URL } from '../kit/localstack.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** Longer than a delivery takes on LocalStack, and as long as a test waits for what does not come. */
const WAIT_SECONDS = 4;

export interface Aws {
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
  /** A name that nothing else has. */
  name(kind: string): string;
  /** A bus of its own; gives its name. */
  bus(): Promise<string>;
  /** A queue of its own, on which EventBridge may put. */
  queue(attributes?: Readonly<Record<string, string>>, suffix?: string): Promise<Queue>;
  /** A rule on `bus` with these targets; `pattern` as an object or as JSON. Gives its name. */
  rule(bus: string, pattern: object | string, targets: readonly Partial<Target>[]): Promise<string>;
  put(...entries: readonly PutEventsRequestEntry[]): Promise<PutEventsResponse>;
  /** The next message, which is then deleted; undefined when none comes in time. */
  take(queue: Queue, waitSeconds?: number): Promise<Message | undefined>;
}

export interface Queue {
  readonly url: string;
  readonly arn: string;
}

/** Opens the AWS under test before the tests of a file, and clears up what each of them has made. */
export function openAws(): Aws {
  let clients: { events: EventBridgeClient; sqs: SQSClient } | undefined;
  let close = async (): Promise<void> => undefined;
  const made: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const local = LOCALSTACK_URL === undefined ? await startLocalAws() : undefined;
    const options = { endpoint: local?.url ?? LOCALSTACK_URL ?? '', region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };
    const opened = { events: new EventBridgeClient(options), sqs: new SQSClient(options) };
    clients = opened;
    close = async () => {
      for (const client of Object.values(opened)) client.destroy();
      await local?.close();
    };
  });
  afterEach(async () => {
    for (const remove of made.splice(0).toReversed()) await remove();
  });
  afterAll(() => close());

  const opened = (): { events: EventBridgeClient; sqs: SQSClient } => {
    if (clients === undefined) throw new Error('AWS is open within tests only');
    return clients;
  };
  const name = (kind: string): string => `${kind}-${randomUUID().slice(0, 8)}`;
  return {
    get events() {
      return opened().events;
    },
    get sqs() {
      return opened().sqs;
    },
    name,
    async bus() {
      const Name = name('bus');
      await opened().events.send(new CreateEventBusCommand({ Name }));
      made.push(() => opened().events.send(new DeleteEventBusCommand({ Name })));
      return Name;
    },
    async queue(attributes = {}, suffix = '') {
      const QueueName = `${name('queue')}${suffix}`;
      const arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`;
      const statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn };
      const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }), ...attributes };
      const { QueueUrl = '' } = await opened().sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      made.push(() => opened().sqs.send(new DeleteQueueCommand({ QueueUrl })).catch(() => undefined));
      return { url: QueueUrl, arn };
    },
    async rule(EventBusName, pattern, targets) {
      const Name = name('rule');
      await opened().events.send(new PutRuleCommand({ Name, EventBusName, EventPattern: typeof pattern === 'string' ? pattern : JSON.stringify(pattern) }));
      made.push(() => opened().events.send(new DeleteRuleCommand({ Name, EventBusName })));
      if (targets.length === 0) return Name;
      const Targets = targets.map((target, index) => ({ Arn: '', ...target, Id: `t${index}` }));
      // LocalStack keeps targets that it has refused.
      made.push(() => opened().events.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids: Targets.map(({ Id }) => Id) })));
      await opened().events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }));
      return Name;
    },
    put: (...Entries) => opened().events.send(new PutEventsCommand({ Entries: [...Entries] })),
    async take({ url: QueueUrl }, waitSeconds = WAIT_SECONDS) {
      const { Messages } = await opened().sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: waitSeconds, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }));
      const [message] = Messages ?? [];
      if (message !== undefined) await opened().sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return message;
    },
  };
}

/** A test of what AWS documents, where nobody has looked what LocalStack does. */
export const embedded = LOCALSTACK_URL === undefined ? test : test.skip;

/** A test of what AWS does. `localStack`: what LocalStack does instead. */
export function semantics(name: string, act: () => Promise<void>, localStack?: string): void {
  if (LOCALSTACK_URL === undefined || localStack === undefined) test(name, act);
  else test.failing(`${name} (LocalStack: ${localStack})`, act);
}
