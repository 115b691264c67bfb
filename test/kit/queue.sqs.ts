/** The queue of Commerce Coordinator and its dead-letter queue, through the real SDK, as an operator or an attacker reaches them. */
import { GetQueueAttributesCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { StackDescription } from '@commerce/local-stack/stack';

export interface FulfillmentQueue {
  /** Puts a message on the queue; gives its id. */
  send(body: string): Promise<string>;
  /** How many messages it holds: visible, in flight and delayed. */
  size(): Promise<number>;
  purge(): Promise<void>;
  /** From now on nobody sees what comes until these seconds have passed; 0 for at once. */
  delayBy(seconds: number): Promise<void>;
  /** How long a message stays hidden that was received and not deleted. Who polls asks for the time that held when it started. */
  setVisibility(seconds: number): Promise<void>;
  /** Deliveries of a message before it is moved to the dead-letter queue. */
  setMaxReceives(count: number): Promise<void>;
  /** How many messages the dead-letter queue holds. */
  deadLetters(): Promise<number>;
  /** The messages of the dead-letter queue, by id, as far as one look shows them. */
  readDeadLetters(): Promise<Map<string, string>>;
  close(): void;
}

export function openQueue({ aws, queueUrl }: StackDescription): FulfillmentQueue {
  const client = new SQSClient({ endpoint: aws, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const deadUrl = `${queueUrl}-dead`;

  async function attributes(url: string): Promise<Partial<Record<string, string>>> {
    return (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes ?? {};
  }
  async function count(url: string): Promise<number> {
    const all = await attributes(url);
    return ['', 'NotVisible', 'Delayed'].reduce((sum, kind) => sum + Number(all[`ApproximateNumberOfMessages${kind}`]), 0);
  }
  async function set(values: Record<string, string>): Promise<void> {
    await client.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: values }));
  }

  return {
    send: async (body) => (await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))).MessageId ?? '',
    size: () => count(queueUrl),
    purge: async () => void (await client.send(new PurgeQueueCommand({ QueueUrl: queueUrl }))),
    delayBy: (seconds) => set({ DelaySeconds: String(seconds) }),
    setVisibility: (seconds) => set({ VisibilityTimeout: String(seconds) }),
    async setMaxReceives(maxReceiveCount) {
      const policy = JSON.parse((await attributes(queueUrl))['RedrivePolicy'] ?? '{}') as object;
      await set({ RedrivePolicy: JSON.stringify({ ...policy, maxReceiveCount }) });
    },
    deadLetters: () => count(deadUrl),
    async readDeadLetters() {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }));
      return new Map(Messages.map(({ MessageId = '', Body = '' }) => [MessageId, Body]));
    },
    close: () => client.destroy(),
  };
}
