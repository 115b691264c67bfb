import { expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json, worldFor } from '../test-world.ts';

const { server, folder, cli } = await worldFor('audit');

const VERIFIED = { seals: 2, events: 2_000, gone: 1, unsealed: 3, unprovable: 4, heads: 5, findings: 0 };
const say = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

test('acts are asked for with their filters, and listed with who and why', async () => {
  server.react = (_, response) => json(response, 200, { items: [{ eventId: 'e', act: 'order.cancel', about: 'o-1', by: { subject: 'anna', clientId: 'operator' }, why: 'Called.', recordedAt: '2030-01-01T00:00:00.000Z', correlationId: 'c' }], nextCursor: null });
  const { code, out } = await cli('list', '--what', 'order.*', '--who', 'anna', '--from', '1h', '--limit', '3');
  expect(Object.fromEntries(new URL(server.seen[0]?.url ?? '', server.url).searchParams)).toEqual({ what: 'order.*', who: 'anna', from: '2029-12-31T23:00:00.000Z', limit: '3' });
  expect([code, out.split('\n')[1]]).toEqual([0, '2030-01-01T00:00:00.000Z  order.cancel  o-1    anna  operator  Called.']);
});

test('a log that is as it was sealed is said to be so, with progress on the way and none in JSON', async () => {
  server.react = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${say('progress', { seals: 1, ofSeals: 2, events: 1_000 })}: working\n\n${say('verified', VERIFIED)}`);
  const { code, out, err } = await cli('verify');
  expect([code, err]).toEqual([0, '50 % 1 of 2 seals, 1000 events\nAll is as it was sealed.\n']);
  expect(out).toContain('events            2000 sealed, 3 after the last seal, 1 removed by retention\n');
  const json_ = await cli('verify', '--json');
  expect([JSON.parse(json_.out), json_.err]).toEqual([{ ...VERIFIED, found: [] }, 'All is as it was sealed.\n']);
});

test('what is not as it was sealed is named, and ends with 1', async () => {
  server.react = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${say('finding', { kind: 'changed', seal: 1, eventId: 'e-1', position: 3, differs: ['data'], text: 'data differs' })}${say('verified', { ...VERIFIED, findings: 1 })}`);
  expect(await cli('verify')).toMatchObject({ code: 1, out: expect.stringMatching(/^CHANGED seal 1 event e-1: data differs\n/), err: '1 findings: the log is not as it was sealed.\n' });
});

test('a verification that ends before its end is no answer', async () => {
  server.react = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(say('progress', { seals: 1, ofSeals: 2, events: 1 }));
  expect(await cli('verify')).toMatchObject({ code: 4, err: expect.stringContaining('before it had seen the whole log') });
});

test('the log of Order Fulfillment is searched and verified by the same commands', async () => {
  server.react = ({ url }, response) => (url.startsWith('/api/audit/verification')
    ? response.writeHead(200, { 'content-type': 'text/event-stream' }).end(say('verified', VERIFIED))
    : json(response, 200, { items: [], nextCursor: null }));
  expect((await cli('list', '--service', 'order-fulfillment', '--what', 'client.*')).code).toBe(0);
  expect((await cli('verify', '--service', 'order-fulfillment')).code).toBe(0);
  expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/audit?what=client.*&limit=50', 'GET /api/audit/verification']);
  expect((await cli('list', '--service', 'of')).code).toBe(2);
});

test('heads that were kept are sent along, and a file that has none is refused before anything is asked', async () => {
  const head = { log: 'commerce-coordinator', seal: 3, total: 9, upTo: { epoch: 1, txid: 2, position: 9 }, chain: 'ab'.repeat(32), at: '2030-01-01T00:00:00.000Z', keyId: '0123456789abcdef', signature: 'c2ln' };
  server.react = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' })
    .end(`${say('finding', { kind: 'head', seal: 3, eventId: null, position: null, differs: [], text: 'the end of the log was cut off' })}${say('verified', { ...VERIFIED, findings: 1 })}`);
  const file = join(folder, 'heads.jsonl');
  writeFileSync(file, `{"level":"info","msg":"ready"}\n${JSON.stringify({ level: 'info', head: JSON.stringify(head) })}\n`);
  expect(await cli('verify', '--heads', file)).toMatchObject({ code: 1, out: expect.stringMatching(/^HEAD seal 3: the end of the log was cut off\n/) });
  expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([['POST', '/api/audit/verification', { heads: [head] }]]);
  for (const [text, why] of [['{}', 'There is no signed head'], [JSON.stringify({ ...head, chain: 'a' }), 'Line 1 has a head that is not whole'], [`${JSON.stringify(head)}\n`.repeat(10_001), 'It has 10001 heads']] as const) {
    writeFileSync(file, text);
    expect(await cli('verify', '--heads', file)).toMatchObject({ code: 2, err: expect.stringContaining(why) });
  }
  expect(server.seen).toHaveLength(1);
});
