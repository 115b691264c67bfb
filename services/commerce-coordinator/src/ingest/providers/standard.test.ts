import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { createStandardProvider } from './standard.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const provider = createStandardProvider([SECRET]);
const NOW_MS = 1_795_262_400_000;
const payment = {
  provider_event_id: 'evt_1', provider: 'standard', order_id: 'o-1', payment_id: 'ch_1', status: 'succeeded', amount: '185.5', currency: 'USD', occurred_at: '2026-11-22T08:00:00Z',
};
const { payment_id: _charge, ...common } = payment;
const dispute = { ...common, dispute_id: 'dp_1', status: 'opened', reason: { code: 'fraudulent' } };

describe('A webhook of the provider standard', () => {
  test('about a payment is read into the words of all providers, money with two places', () => {
    expect(provider.readOrderWebhook(payment)).toEqual({ kind: 'webhook', webhook: { ...payment, status: 'captured', amount: '185.50' } });
    expect(provider.readOrderWebhook({ ...payment, status: 'refunded', refund_id: 'r-1', sequence: 4 })).toMatchObject({ webhook: { status: 'refunded', refund_id: 'r-1', sequence: 4 } });
  });

  test.each(['authorised', 'captured', 'failed', 'refunded', 'partially_refunded'])('says %s as it is', (status) => {
    expect(provider.readOrderWebhook({ ...payment, status })).toMatchObject({ kind: 'webhook', webhook: { status } });
  });

  test.each(['opened', 'under_review', 'won', 'lost'])('about a dispute that is %s is read', (status) => {
    expect(provider.readDisputeWebhook({ ...dispute, status })).toEqual({ kind: 'webhook', webhook: { ...dispute, status, amount: '185.50' } });
  });

  test.each(['expired', 'constructor', '__proto__x'])('of the unknown status %s is told as such, by its own id', (status) => {
    const type = status.replace(/^_+/, 'x');
    expect(provider.readOrderWebhook({ ...payment, status: type })).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type });
    expect(provider.readDisputeWebhook({ ...dispute, status: type })).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type });
  });

  test.each<[string, object, string]>([
    ['another provider', { provider: 'stripe' }, 'provider'],
    ['a float', { amount: 185.5 }, 'amount'],
    ['three decimals', { amount: '1.999' }, 'amount'],
    ['a negative amount', { amount: '-1.00' }, 'amount'],
    ['an unknown field', { extra: 1 }, 'extra'],
    ['a control character', { order_id: 'o\u0000' }, 'order_id'],
    ['no time', { occurred_at: 'yesterday' }, 'occurred_at'],
    ['a status that is no word', { status: 'DROP TABLE' }, 'status'],
    ['a sequence below zero', { sequence: -1 }, 'sequence'],
  ])('with %s is malformed, and the place is named', (_name, given, place) => {
    const read = provider.readOrderWebhook({ ...payment, ...given });
    expect(read).toMatchObject({ kind: 'malformed', detail: expect.stringContaining(place) });
  });

  test('is signed as Standard Webhooks says', () => {
    const body = Buffer.from('{}');
    const timestamp = String(NOW_MS / 1_000);
    const signature = `v1,${createHmac('sha256', webhookKey(SECRET)).update(`msg_1.${timestamp}.{}`).digest('base64')}`;
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    expect(provider.isSigned(headers, body, NOW_MS)).toBe(true);
    expect(provider.isSigned({ ...headers, 'webhook-id': 'msg_2' }, body, NOW_MS)).toBe(false);
    expect(provider.isSigned({}, body, NOW_MS)).toBe(false);
  });

  test('needs a secret in the form that was agreed', () => {
    expect(() => createStandardProvider(['secret'])).toThrow('whsec_');
  });
});
