import { expect, test } from '@jest/globals';
import { json, worldFor } from '../test-world.ts';

const { server, cli } = await worldFor('audit');

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
