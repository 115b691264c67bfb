/** The way up and the way down of the whole service, beside an AWS that a test plays. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { defineExtension } from '@commerce/signals/extension';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import type { Offered } from './offered.ts';
import { startTestCoordinator } from './test-coordinator.ts';

/** Actions in the order of their coming. */
const calls: string[] = [];
let busIsThere = true;
let ruleIsThere = true;
let aws: Server;
const before = { ...process.env };

const POLICY = {
  Statement: { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:eu-central-1:000000000000:rule/bus/rule' } } },
};
const QUEUE = { Attributes: { VisibilityTimeout: '30', RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:dead"}', Policy: JSON.stringify(POLICY) } };

beforeAll(async () => {
  aws = createServer((request, response) => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    calls.push(action);
    const missing = (action === 'DescribeEventBus' && !busIsThere) || (action === 'DescribeRule' && !ruleIsThere);
    const answer = missing ? { __type: 'ResourceNotFoundException' } : action === 'GetQueueAttributes' ? QUEUE : {};
    setTimeout(() => response.writeHead(missing ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer)), 10);
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  aws.closeAllConnections();
  await new Promise((resolve) => aws.close(resolve));
});

test('it listens where it is told to', async () => {
  // An address for documentation, which no machine has.
  await expect(startTestCoordinator({ CC_HOST: '192.0.2.1' })).rejects.toThrow('192.0.2.1');
});

/** An extension that begins something, and how often it was told to. */
function beginning() {
  let begun = 0;
  const probe = defineExtension({
    name: 'probe', description: 'Begins.', source: 'probe-service', signals: [], handlers: {}, store: { load: async () => new Map(), save: async () => undefined }, open: () => ({}),
    provide: ({ onBegin }: Pick<Offered, 'onBegin'>) => {
      onBegin(async () => (begun += 1));
      return {};
    },
  });
  return { loaded: { extensions: [...EXTENSIONS, probe], map: MAP }, begun: () => begun };
}

test('a bus that is missing refuses the start of what publishes, and says what to do; nothing has begun by then', async () => {
  busIsThere = false;
  const { loaded, begun } = beginning();
  try {
    await expect(startTestCoordinator({ ROLES: 'readers' }, { loaded, publisher: undefined as never })).rejects.toThrow('The event bus "unused" could not be seen (ResourceNotFoundException)');
    expect(begun()).toBe(0);
  } finally {
    busIsThere = true;
  }
});

test('a rule that is missing refuses the start of what consumes, and says what to do', async () => {
  ruleIsThere = false;
  try {
    await expect(startTestCoordinator({ ROLES: 'consumer' })).rejects.toThrow('There is no rule "rule" on arn:aws:events:eu-central-1:000000000000:event-bus/bus (ResourceNotFoundException). Deploy CommerceCoordinatorStack');
  } finally {
    ruleIsThere = true;
  }
});

test('a bus that cannot be reached makes it not ready, until it can', async () => {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1';
  const { loaded, begun } = beginning();
  const cc = await startTestCoordinator({ ROLES: 'readers' }, { loaded, publisher: undefined as never });
  try {
    expect(await cc.call('GET', '/health/ready')).toMatchObject({ status: 503, body: { checks: { bus: 'failed', database: 'ok' } } });
    expect(begun()).toBe(1);
  } finally {
    process.env['AWS_ENDPOINT_URL'] = endpoint;
    await cc.stop();
  }
});

test('on the way down the queue is left at once, not only when the last request has been answered', async () => {
  const cc = await startTestCoordinator({ ROLES: 'api,consumer' });
  const polls = () => calls.filter((action) => action === 'ReceiveMessage').length;
  await eventually('it asks the queue', async () => polls() > 0);
  const slow = connect(Number(new URL(cc.url).port), '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write('POST /orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer storefront;orders:write\r\nidempotency-key: k\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
  await wait(50);
  const stopped = cc.stop();
  await wait(200);
  const asked = polls();
  await wait(200);
  expect([polls(), slow.readyState]).toEqual([asked, 'open']);
  slow.destroy();
  await stopped;
});
