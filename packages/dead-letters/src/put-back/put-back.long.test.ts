/** The program that puts events of a bus's own dead-letter queue on a bus again, as a process, beside a queue and a bus of the local AWS. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLocalAws } from '@commerce/local-aws/server';

const REGION = 'eu-central-1';
const ACCOUNT = '000000000000';
let aws: Awaited<ReturnType<typeof startLocalAws>>;
const [dead, seen] = ['shop-undecrypted', 'seen'];

beforeAll(async () => {
  aws = await startLocalAws({ region: REGION });
  await call('AWSEvents.CreateEventBus', { Name: 'shop' });
  await call('AWSEvents.PutRule', { Name: 'all', EventBusName: 'shop', EventPattern: '{"source":["shop"]}' });
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' }] });
  for (const QueueName of [dead, seen]) await call('AmazonSQS.CreateQueue', { QueueName, Attributes: { Policy } });
  await call('AWSEvents.PutTargets', { Rule: 'all', EventBusName: 'shop', Targets: [{ Id: 'seen', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${seen}` }] });
});
afterAll(() => aws.close());

async function call(target: string, body: object): Promise<any> {
  return (await fetch(aws.url, { method: 'POST', headers: { 'x-amz-target': target }, body: JSON.stringify(body) })).json();
}

const url = (name: string): string => `${aws.url}/${ACCOUNT}/${name}`;
const send = (MessageBody: string): Promise<any> => call('AmazonSQS.SendMessage', { QueueUrl: url(dead), MessageBody });
const depth = async (name: string): Promise<number> => {
  const { Attributes } = await call('AmazonSQS.GetQueueAttributes', { QueueUrl: url(name), AttributeNames: ['All'] });
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
};
const event = (n: number, more: object = {}): string => JSON.stringify({
  version: '0', id: `${n}`, 'detail-type': 'OrderPaid', source: 'shop', account: ACCOUNT, time: '2026-01-31T12:00:00Z', region: REGION, resources: ['r'], detail: { n, text: 'x'.repeat(60_000) }, ...more,
});

function program(bus: string): Promise<{ code: number; out: string }> {
  const environment = { ...process.env, AWS_ENDPOINT_URL: aws.url, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const parameters = [join(import.meta.dirname, 'main.ts'), '--queue', url(dead), '--bus', bus, '--region', REGION, '--rate', '500'];
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { env: environment, timeout: 20_000 }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), out: stdout + stderr }));
  });
}

test('a bus that is not there takes nothing out of the queue', async () => {
  await send(event(0));
  expect(await program('other')).toMatchObject({ code: 1, out: expect.stringContaining('other') });
  expect(await depth(dead)).toBe(1);
}, 90_000);

test('events of many kilobytes are put back whole, and what the bus does not take stays and is told', async () => {
  for (let n = 1; n < 12; n += 1) await send(event(n));
  const [noEvent, refused] = [await send('no event'), await send(event(12, { 'detail-type': 'x'.repeat(129) }))];
  const { code, out } = await program('shop');
  expect([code, out.split('\n').at(-2)]).toEqual([1, '12 put back, 2 refused, 0 more in the queue']);
  expect(out).toContain(`${noEvent.MessageId} stays in the queue: it is no event`);
  expect(out).toContain(`${refused.MessageId} stays in the queue: InvalidArgument`);
  expect([await depth(dead), await depth(seen)]).toEqual([2, 12]);
  const { Messages: [message] } = await call('AmazonSQS.ReceiveMessage', { QueueUrl: url(seen) });
  expect(JSON.parse(message.Body)).toMatchObject({ 'detail-type': 'OrderPaid', source: 'shop', time: '2026-01-31T12:00:00Z', resources: ['r'], detail: { text: 'x'.repeat(60_000) } });
}, 90_000);
