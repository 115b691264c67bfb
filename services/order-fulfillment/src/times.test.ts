import { describe, expect, test } from '@jest/globals';
import { newClientForm } from './clients/client-forms.ts';
import { fulfillmentRequestSchema } from './fulfillments/request.ts';

const request = { orderId: 'o', orderNumber: 1, customer: { id: 'c' }, lines: [{ lineId: '1', sku: 's', quantity: 1 }] };

describe('A point in time', () => {
  test('is taken when it can be told again, whatever its offset', () => {
    for (const text of ['0000-01-01T00:00:00Z', '2027-01-01T00:00:00.123+14:00', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59-00:00']) {
      expect([text, fulfillmentRequestSchema.safeParse({ ...request, startAt: text }).success]).toEqual([text, true]);
    }
  });

  test('that is none, or lies beyond the years of four digits, is refused, in a request and of a key', () => {
    for (const text of ['9999-12-31T23:59:59-14:00', '0000-01-01T00:00:00+00:01', '2027-01-01T00:00:60Z', 'tomorrow']) {
      for (const field of ['startAt', 'notAfter']) expect([text, fulfillmentRequestSchema.safeParse({ ...request, [field]: text }).success]).toEqual([text, false]);
      const key = { keyid: 'k', alg: 'hmac-sha256', secret: Buffer.alloc(32, 1).toString('base64'), notAfter: text };
      expect(newClientForm.safeParse({ clientId: 'a', authentication: { type: 'signature', keys: [key] } }).success).toBe(false);
    }
  });
});
