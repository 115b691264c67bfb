/**
 * A further client, acme, comes to the running pair: set up by the operator's tool, with signed requests only. It fulfils, hears
 * its outcomes on its own queue, and shares nothing with Commerce Coordinator. Order Fulfillment runs all the while.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { JsonWebKey } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { run } from '@commerce/cli/run';
import { QUEUE_NAME, synthesise } from '@commerce/example-acme/app';
import { createFulfillmentClient, signingKey } from '@commerce/fulfillment-client';
import type { Accepted, FulfillmentClient } from '@commerce/fulfillment-client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { LOCALSTACK_URL } from '../kit/localstack.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { reSigned, tokenOf } from '../kit/tokens.ts';

const UNKNOWN_ID = '0193a6a0-6000-7abc-9def-0123456789ab';

let folder: string;
let pair: Pair;
let ofPid: number | undefined;
let acme: FulfillmentClient;
let sqs: SQSClient;
let queueUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'acme-test-'));
  pair = await startPair({ localStackUrl: LOCALSTACK_URL, extraStacks: [synthesise(join(folder, 'cdk.out'))] });
  ofPid = pair.process('of').pid;
  sqs = new SQSClient({ endpoint: pair.stack.description.aws, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  queueUrl = (await sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE_NAME }))).QueueUrl ?? '';
}, 90_000);
afterAll(async () => {
  await acme?.close();
  sqs?.destroy();
  await pair?.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

const directory = (): string => dirname(pair.stack.description.inside.logs);

/** The operator's tool on this stack. */
async function tool(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(argv, {
    env: { DATA_DIR: directory() }, out: (text) => void (out += text), err: (text) => void (err += text), readFile: async (path) => readFileSync(path, 'utf8'),
    nowMs: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }), signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** The same, with its result as JSON. */
async function cli(...argv: string[]): Promise<{ code: number; result: any; err: string }> {
  const { code, out, err } = await tool(...argv, '--json');
  return { code, result: out === '' ? undefined : JSON.parse(out), err };
}

/** acme's own program: it knows the address, its key, and nothing else. */
function acmeWith(keyid: string, file: string): FulfillmentClient {
  return createFulfillmentClient({ baseUrl: pair.stack.description.of, credentials: signingKey({ keyid, alg: 'ed25519', privateKey: readFileSync(file, 'utf8') }) });
}

let orders = 500;

/** acme asks for one line of this kind. */
function ask(client: FulfillmentClient, kind: string, orderId = `acme-${(orders += 1)}`): Promise<Accepted> {
  const order = { orderId, orderNumber: orders, customer: { id: 'wile-e' }, lines: [{ lineId: '1', sku: 'ROCKET', quantity: 1, kind }] };
  return client.request(order, { idempotencyKey: `fulfil/${orderId}`, correlationId: crypto.randomUUID() });
}

interface Delivered {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: { readonly data: { readonly clientId: string; readonly fulfillmentId: string; readonly orderId: string } };
}

/** The next event on acme's queue, which is then taken from it; undefined when there is none within these seconds. */
async function hear(waitSeconds: number): Promise<Delivered | undefined> {
  const [message] = (await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: waitSeconds }))).Messages ?? [];
  if (message === undefined) return undefined;
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
  return JSON.parse(message.Body ?? '') as Delivered;
}

async function callOf(path: string, token: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${pair.stack.description.of}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }) }, ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('the operator adds it with a key that is made on the way; the private part stays in a file', async () => {
  const file = join(folder, 'acme-1.key');
  const { code, out, err } = await tool('clients', 'add', 'acme', '--alg', 'ed25519', '--generate', file, '--provider', 'default=instant', '--provider', 'kind:course=lms');
  expect([code, err]).toEqual([0, expect.stringContaining(file)]);
  expect(out).toMatch(/^client +acme\nauthentication +signature, 1 key\n/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await cli('clients', 'show', 'acme')).result).toMatchObject({ clientId: 'acme', authentication: { type: 'signature', keys: [{ keyid: 'acme-1' }] }, providers: { default: 'instant' } });
  expect((await cli('clients', 'list')).result.items.map(({ clientId }: { clientId: string }) => clientId)).toEqual(expect.arrayContaining(['acme', 'commerce-coordinator', 'partner']));
  acme = acmeWith('acme-1', file);

  const again = await cli('clients', 'add', 'acme', '--subject', 'acme');
  expect([again.code, JSON.parse(again.err)]).toEqual([3, { error: expect.objectContaining({ kind: 'refused', status: 409, code: 'client_exists', whatToDo: expect.any(String) }) }]);
});

test('it fulfils by signed requests, and hears of its own on its own queue; Commerce Coordinator hears of its own alone', async () => {
  const [{ fulfillment }, orderId] = await Promise.all([ask(acme, 'course'), pair.place('AB')]);
  expect(fulfillment).toMatchObject({ clientId: 'acme', lines: [{ provider: 'lms' }] });
  const [order] = await pair.settled([orderId]);
  const heard = await eventually('acme’s outcome on its queue', () => hear(1));
  expect(heard).toMatchObject({ source: 'order-fulfillment', 'detail-type': 'FulfillmentCompleted', detail: { data: { clientId: 'acme', fulfillmentId: fulfillment.fulfillmentId } } });
  expect((await acme.get(fulfillment.fulfillmentId)).status).toBe('completed');

  expect(await hear(0)).toBeUndefined();
  const foreign = await pair.rows<{ data: { clientId: string; fulfillmentId: string } }>('cc', "SELECT data FROM events WHERE origin = 'foreign'");
  expect(foreign.map(({ data }) => [data.clientId, data.fulfillmentId])).toEqual([['commerce-coordinator', order?.fulfillmentId]]);
  expect(await pair.queue.deadLetters()).toBe(0);
});

describe('of each other the clients see nothing:', () => {
  let ofAcme: string;
  let ofCoordinator: string;
  beforeAll(async () => {
    ofAcme = (await ask(acme, 'digital')).fulfillment.fulfillmentId;
    const [order] = await pair.settled([await pair.place('A')]);
    ofCoordinator = order?.fulfillmentId ?? '';
  });

  test('an id of acme’s answers Commerce Coordinator exactly as an unknown one, whatever it asks', async () => {
    const token = await tokenOf(pair.stack.description, 'commerce-coordinator', pair.stack.description.of);
    const reason = { code: 'not_mine' };
    for (const [step, body] of [['', undefined], ['/cancel', { reason }], ['/revoke', { reason }], ['/hold', { reason }], ['/release', {}]] as const) {
      const [foreign, unknown] = [await callOf(`/v1/fulfillments/${ofAcme}${step}`, token, body), await callOf(`/v1/fulfillments/${UNKNOWN_ID}${step}`, token, body)];
      const ofOneCall = { instance: expect.any(String), requestId: expect.any(String) };
      expect(foreign).toEqual({ status: 404, body: { ...unknown.body, ...ofOneCall } });
      expect(foreign.body['code']).toBe('fulfillment_not_found');
    }
    const { body } = await callOf('/v1/fulfillments?limit=200', token);
    expect((body['items'] as { clientId: string }[]).map(({ clientId }) => clientId)).not.toContain('acme');
  });

  test('an id of Commerce Coordinator’s answers acme exactly as an unknown one', async () => {
    const reason = { code: 'not_mine' };
    for (const attempt of [(id: string) => acme.get(id), (id: string) => acme.cancel(id, reason), (id: string) => acme.revoke(id, { reason })]) {
      const refusals = await Promise.all([ofCoordinator, UNKNOWN_ID].map((id) => attempt(id).then(() => undefined, (error: { code: string; status: number; message: string }) => [error.code, error.status, error.message.replaceAll(id, '')])));
      expect(refusals[0]?.slice(0, 2)).toEqual(['fulfillment_not_found', 404]);
      expect(refusals[0]).toEqual(refusals[1]);
    }
    const { items } = await acme.list({});
    expect(items.length).toBeGreaterThan(1);
    expect(new Set(items.map(({ clientId }) => clientId))).toEqual(new Set(['acme']));
  });

  test('the same order id of two clients is two orders', async () => {
    const [order] = await pair.settled([await pair.place('A')]);
    const { fulfillment } = await ask(acme, 'digital', order?.orderId);
    expect(fulfillment.fulfillmentId).not.toBe(order?.fulfillmentId);
    const [found] = (await acme.lookup([order?.orderId ?? ''])).items;
    expect(found?.fulfillments.map(({ fulfillmentId }) => fulfillmentId)).toEqual([fulfillment.fulfillmentId]);
  });
});

test('a token is refused for it: the issuer gives none, and one that names it opens nothing', async () => {
  const { description } = pair.stack;
  await expect(tokenOf(description, 'acme', description.of)).rejects.toThrow('gave no token');
  const key = JSON.parse(readFileSync(join(directory(), 'issuer', 'signing-key.json'), 'utf8')) as JsonWebKey;
  const token = reSigned(await tokenOf(description, 'operator', description.of), key, { sub: 'acme', client_id: 'acme' });
  expect((await callOf('/v1/fulfillments', token)).status).toBe(401);
  expect((await callOf('/v1/fulfillments', token, { orderId: 'o', orderNumber: 1, customer: { id: 'c' }, lines: [{ lineId: '1', sku: 'A', quantity: 1 }] })).status).toBe(401);
});

test('its key is replaced with overlap: both hold until the old one goes, and then the new one alone', async () => {
  const file = join(folder, 'acme-2.key');
  expect((await cli('clients', 'keys', 'add', 'acme', '--keyid', 'acme-2', '--alg', 'ed25519', '--generate', file)).code).toBe(0);
  const renewed = acmeWith('acme-2', file);
  try {
    await Promise.all([acme, renewed].map((client) => client.capabilities()));
    expect((await cli('clients', 'keys', 'end', 'acme', 'acme-1', '--at', '1h')).code).toBe(0);
    await acme.capabilities();
    expect((await cli('clients', 'keys', 'remove', 'acme', 'acme-1')).code).toBe(0);
    await expect(acme.capabilities()).rejects.toMatchObject({ name: 'NotNow', message: expect.stringContaining('401') });
    await renewed.capabilities();
  } finally {
    await acme.close();
    acme = renewed;
  }
});

test('the operator follows what the pair does, and takes back what it delivered', async () => {
  const [order] = await pair.settled([await pair.place('A')]);
  const id = order?.fulfillmentId ?? '';
  expect((await cli('order', 'show', order?.orderId ?? '')).result).toMatchObject({ orderId: order?.orderId, status: 'completed' });
  expect((await cli('order', 'list', '--status', 'completed', '--limit', '1')).result).toMatchObject({ items: [{ orderId: order?.orderId }] });
  expect((await cli('order', 'timeline', order?.orderId ?? '')).result.items.map(({ eventType }: { eventType: string }) => eventType)).toContain('OrderCompleted');
  expect((await cli('fulfillments', 'list', '--order', order?.orderId ?? '')).result.items).toEqual([(await cli('fulfillments', 'show', id)).result]);
  expect(JSON.parse((await cli('fulfillments', 'cancel', id, '--reason', 'too_late')).err).error).toMatchObject({ status: 409, code: 'already_settled' });
  expect((await cli('fulfillments', 'revoke', id, '--reason', 'refunded')).result).toMatchObject({ status: 'revoked', lines: [{ status: 'revoked' }] });
  expect((await cli('reconciliation')).result).toMatchObject({ healed: expect.any(Object), waiting: expect.any(Number), unacknowledged: expect.any(Number) });
});

test('removed, it is refused at once; Order Fulfillment was never restarted', async () => {
  await acme.capabilities();
  expect((await cli('clients', 'remove', 'acme')).code).toBe(0);
  await expect(acme.capabilities()).rejects.toMatchObject({ name: 'NotNow', message: expect.stringContaining('401') });
  expect((await cli('clients', 'show', 'acme')).code).toBe(3);
  expect(pair.process('of').pid).toBe(ofPid);
});
