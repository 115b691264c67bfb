/** Dead letters of updates, judged and brought back; the topic is that of another test. */
import { randomUUID } from 'node:crypto';
import type { LyingMessage, LyingQueue } from '@commerce/bus/operated-queue';
import { KEY_ATTRIBUTE } from '@commerce/bus/kafka-records';
import type { DeadQueue } from '@commerce/dead-letters/dead-queue';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import { expect, test } from '@jest/globals';
import { DISPUTE, ORDER } from '../ingest/test-updates.ts';
import { deadUpdates } from './dead-updates.ts';
import { recordKeys, signatureHeaders } from './record-signature.ts';
import type { UpdateOutcome } from './update.ts';

const KEYS = recordKeys(Buffer.alloc(32, 1).toString('base64'), undefined);
const { signal } = new AbortController();

function letter(update: object, { key = 'o-1', topic = 'x.order-updates', headers = {} }: { key?: string; topic?: string; headers?: Record<string, string> } = {}): LyingMessage {
  const [body, correlationId] = [JSON.stringify(update), randomUUID()];
  const proof = signatureHeaders(KEYS, { topic, key, value: Buffer.from(body), correlationId }, 1);
  return { messageId: randomUUID(), receiptHandle: '', body, receiveCount: 1, sentAtMs: 1, attributes: { 'x-correlation-id': correlationId, ...proof, ...headers, [KEY_ATTRIBUTE]: key } };
}

function queue(answer: (providerEventId: string) => UpdateOutcome, name: 'order-updates' | 'dispute-updates' = 'order-updates'): { readonly dead: DeadQueue; readonly taken: string[] } {
  const taken: string[] = [];
  const process = async ({ providerEventId }: { readonly providerEventId: string }): Promise<UpdateOutcome> => {
    taken.push(providerEventId);
    return answer(providerEventId);
  };
  const dead = deadUpdates({ name, writtenTo: `x.${name}`, topic: {} as LyingQueue, keys: KEYS, updates: { processOrderUpdate: process, processDisputeUpdate: process } });
  return { dead, taken };
}

const told = (providerEventId: string): object => ({ ...ORDER, orderId: 'o-1', providerEventId });

test('what the ingest has signed is processed, in the order of its coming; nothing else is, and each says why', async () => {
  const { dead, taken } = queue((id) => (id === 'again' ? { verdict: 'duplicate' } : { verdict: 'applied' }));
  const forged = { ...letter(told('forged')), attributes: { [KEY_ATTRIBUTE]: 'o-1' } };
  const letters = [letter(told('one')), forged, letter(told('two'), { headers: { [KEY_ATTRIBUTE]: 'o-2' } }), letter({ no: 'update' }), letter(told('elsewhere'), { topic: 'x.dispute-updates' }), letter(told('again'))];
  const { done, known, refused } = await dead.bringBack(letters, signal);
  expect(taken).toEqual(['one', 'two', 'again']);
  expect([done, known]).toEqual([[0, 2, 5].map((at) => letters[at]?.messageId), 1]);
  expect(refused.map(({ messageId, reason }) => [letters.findIndex((one) => one.messageId === messageId), reason])).toEqual([[1, 'unsigned'], [3, 'invalid'], [4, 'wrong_signature']]);
  expect(letters.map((one) => dead.judge(one).isAccepted)).toEqual([true, false, true, false, false, true]);
});

test('what fails by itself or is not kept stays with its reason, and the others go on; a fault of the database is charged to none', async () => {
  const { dead } = queue((id) => {
    if (id === 'bug') throw new TypeError('secret');
    if (id === 'busy') throw new Overloaded(9, 100);
    return id === 'early' ? { verdict: 'unknown_order', isUnkept: true } : { verdict: 'unknown_order' };
  });
  const letters = [letter(told('bug')), letter(told('early')), letter(told('kept'))];
  expect(await dead.bringBack(letters, signal)).toEqual({
    done: [letters[2]?.messageId], known: 0,
    refused: [{ messageId: letters[0]?.messageId, reason: 'failed', detail: 'TypeError' }, { messageId: letters[1]?.messageId, reason: 'too_many_waiting', detail: expect.stringContaining('too many wait') }],
  });
  await expect(dead.bringBack([letter(told('busy'))], signal)).rejects.toThrow(Overloaded);
});

test('a dispute is read as a dispute', async () => {
  const { dead, taken } = queue(() => ({ verdict: 'applied' }), 'dispute-updates');
  const [dispute, order] = [letter({ ...DISPUTE, providerEventId: 'd' }, { topic: 'x.dispute-updates' }), letter(told('o'), { topic: 'x.dispute-updates' })];
  expect(await dead.bringBack([dispute, order], signal)).toMatchObject({ done: [dispute.messageId], refused: [{ reason: 'invalid' }] });
  expect(taken).toEqual(['d']);
});
