import { afterEach, expect, test } from '@jest/globals';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CREDENTIALS, REGION } from '../test-kit/aws.ts';
import type { Call, Reply } from '../test-kit/front.http.ts';
import { startFront } from '../test-kit/front.http.ts';
import { AwsError, AwsJson } from './aws-json.http.ts';

const running: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

async function lab(reply: (call: Call, headers: Readonly<Record<string, unknown>>) => Reply, credentials: SQSClient['config']['credentials'] | typeof CREDENTIALS = CREDENTIALS) {
  const front = await startFront((call, headers) => (call.action === 'GetQueueAttributes' ? { status: 200, body: {} } : reply(call, headers)));
  const client = new SQSClient({ region: REGION, endpoint: front.url, credentials, maxAttempts: 1, useQueueUrlAsEndpoint: false });
  const direct = new AwsJson({ client, service: 'sqs', target: 'AmazonSQS', version: '1.0', requestTimeoutMs: 300, maxSockets: 2 });
  running.push(() => front.close(), () => client.destroy(), () => direct.close());
  const learn = (): Promise<unknown> => client.send(new GetQueueAttributesCommand({ QueueUrl: 'https://elsewhere/1/q' }));
  const call = (): Promise<unknown> => direct.call('ReceiveMessage', '{}', new AbortController().signal);
  return { front, learn, call };
}

test('the endpoint is that of the SDK client, known once a call has gone through it', async () => {
  const it = await lab(() => ({ status: 200, body: { Messages: [] } }));
  await expect(it.call()).rejects.toThrow('the endpoint is not known');
  await it.learn();
  expect(await it.call()).toEqual({ Messages: [] });
});

test('an error of AWS carries its code and status, and none of its text', async () => {
  const it = await lab(() => ({ status: 400, body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'secret of the sender' } }));
  await it.learn();
  const error = await it.call().catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(AwsError);
  expect(error).toMatchObject({ code: 'QueueDoesNotExist', status: 400, message: 'AWS answered 400 Bad Request (QueueDoesNotExist).' });
});

test('an answer that is not JSON is an error, whatever its status', async () => {
  const it = await lab(() => ({ status: 200, text: '<html>' }));
  await it.learn();
  await expect(it.call()).rejects.toMatchObject({ code: 'NotJson', status: 200 });
});

test('no answer ends at the timeout', async () => {
  const it = await lab(() => 'hang');
  await it.learn();
  const startedAt = performance.now();
  await expect(it.call()).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
  expect(performance.now() - startedAt).toBeLessThan(2_500);
});

test('an answer that stops in the middle ends at the timeout', async () => {
  const it = await lab(() => 'stall');
  await it.learn();
  await expect(it.call()).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
});

test('keys that AWS calls expired are fetched anew for the next call', async () => {
  let fetched = 0;
  const keys = async () => ({ accessKeyId: `key${(fetched += 1)}`, secretAccessKey: 's', expiration: new Date(Date.now() + 3_600_000) });
  const used: string[] = [];
  const it = await lab((_call, headers) => {
    used.push(/Credential=(\w+)/.exec(String(headers['authorization']))?.[1] ?? '');
    return used.at(-1) === 'key1' ? { status: 400, body: { __type: 'ExpiredToken' } } : { status: 200, body: {} };
  }, keys);
  await it.learn();
  await expect(it.call()).rejects.toMatchObject({ code: 'ExpiredToken' });
  await it.call();
  expect(used).toEqual(['key1', 'key2']);
});

test('a clock that is wrong is corrected by the time that AWS answers', async () => {
  const dates: string[] = [];
  const ahead = new Date(Date.now() + 3_600_000);
  const it = await lab((_call, headers) => {
    dates.push(String(headers['x-amz-date']));
    return { status: 403, body: { __type: 'SignatureDoesNotMatch' }, headers: { date: ahead.toUTCString() } };
  });
  await it.learn();
  await it.call().catch(() => undefined);
  await it.call().catch(() => undefined);
  expect(dates[0]?.slice(0, 11)).not.toBe(dates[1]?.slice(0, 11));
  expect(dates[1]?.slice(0, 11)).toBe(ahead.toISOString().replaceAll('-', '').slice(0, 11));
});
