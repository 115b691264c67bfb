/**
 * A consumer written by hand for this job and nothing else: eight polls over undici, signed; messages of all polls in one statement of at
 * most 200, two at once; deletes are not awaited. It checks no schema, keeps no event, extends nothing, loses track when it fails.
 */
import { signedHeaders } from '@commerce/bus/sigv4';
import pg from 'pg';
import { Pool } from 'undici';
import { consuming } from './counted.ts';
import { REGION } from './messages.ts';
import { FULFILL_ALL } from './statements.ts';

interface Received {
  readonly ReceiptHandle: string;
  readonly Body: string;
}

const POLLS = 8;
const BATCH = 200;
const STATEMENTS = 2;
const CREDENTIALS = { accessKeyId: 'any', secretAccessKey: 'any' };

consuming(async ({ databaseUrl, queueUrl }, done) => {
  const database = new pg.Pool({ connectionString: databaseUrl, max: STATEMENTS });
  const url = process.env['AWS_ENDPOINT_URL'] ?? '';
  const aws = new Pool(url, { connections: 2 * POLLS });
  const waiting: Received[] = [];
  let [running, stopped] = [0, false];

  const call = async (action: string, input: object): Promise<unknown> => {
    const body = JSON.stringify(input);
    const headers = signedHeaders({ headers: { 'content-type': 'application/x-amz-json-1.0', host: new URL(url).host, 'x-amz-target': `AmazonSQS.${action}` }, body, region: REGION, service: 'sqs', credentials: CREDENTIALS, timeMs: Date.now() });
    const response = await aws.request({ method: 'POST', path: '/', headers, body });
    return response.body.json();
  };
  const settle = async (batch: readonly Received[]): Promise<void> => {
    const details = batch.map(({ Body }) => JSON.parse(Body).detail as { eventId: string; data: { orderId: string } });
    await database.query({ name: 'fulfill-all', text: FULFILL_ALL, values: [details.map(({ eventId }) => eventId), details.map(({ data }) => data.orderId)] });
    done(batch.length);
    for (let from = 0; from < batch.length; from += 10) {
      void call('DeleteMessageBatch', { QueueUrl: queueUrl, Entries: batch.slice(from, from + 10).map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })) }).catch(() => undefined);
    }
  };
  const pump = (): void => {
    while (running < STATEMENTS && waiting.length > 0) {
      running += 1;
      void settle(waiting.splice(0, BATCH)).finally(() => {
        running -= 1;
        pump();
      });
    }
  };
  const poll = async (): Promise<void> => {
    while (!stopped) {
      while (waiting.length > 10 * BATCH) await new Promise((resolve) => setTimeout(resolve, 5));
      const { Messages = [] } = (await call('ReceiveMessage', { QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 3 })) as { Messages?: Received[] };
      waiting.push(...Messages);
      pump();
    }
  };
  return async () => {
    const polls = Array.from({ length: POLLS }, () => poll().catch(() => undefined));
    return {
      async stop() {
        stopped = true;
        await Promise.all(polls);
      },
    };
  };
});
