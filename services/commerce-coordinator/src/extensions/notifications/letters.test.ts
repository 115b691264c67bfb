import { describe, expect, test } from '@jest/globals';
import { follow } from './contact.ts';
import { letterOf, TEMPLATES } from './letters.ts';
import type { Told } from './letters.ts';

const about = { orderId: 'o', orderNumber: 10248, customerId: 'VINET' };
const EVIL = '<img src="https://evil.example/x.png" onerror=\'a()\'> & co\r\nBcc: all@evil.example';
const told: Told[] = [
  { type: 'OrderShipped', data: { ...about, method: 'parcel', parcels: [{ carrier: EVIL, trackingNumber: 'NP0000012', lineIds: ['1'] }] } },
  { type: 'OrderShipped', data: { ...about, method: 'none', parcels: [] } },
  { type: 'OrderCancelled', data: { ...about, reason: { code: 'no_stock', message: 'internal' } } },
  { type: 'OrderCancelled', data: { ...about, reason: { code: 'constructor' } } },
  { type: 'OrderRefunded', data: { ...about, amount: '200.38', currency: 'USD', reason: { code: 'customer_changed_mind' } } },
  {
    type: 'PaymentRefunded', order: { orderNumber: 10248, customerId: 'VINET', lines: [{ lineId: '1', sku: 'NW-11', name: EVIL, quantity: 2 }, { lineId: '2', sku: 'NW-42', quantity: 1 }, { lineId: '3', sku: 'NW-72', quantity: 5 }] },
    data: { orderId: 'o', paymentId: 'p', amount: '28.00', currency: 'USD', provider: 'standard', refundId: 'r1', refunded: '30.00', charged: '200.38', lineIds: ['1', '2'], reason: { code: 'out_of_stock', message: 'internal' } },
  },
  { type: 'CartAbandoned', data: { cartId: 'c', customerId: 'VINET', items: [{ sku: 'NW-11', name: EVIL, quantity: 2, unitPrice: '21.00' }, { sku: 'NW-42', quantity: 1, unitPrice: '1.00' }] } },
];

describe('a letter', () => {
  test('exists for every template', () => expect(new Set(told.map(({ type }) => TEMPLATES[type]))).toEqual(new Set(Object.values(TEMPLATES))));

  test.each(told)('about $type escapes what came from outside, loads nothing and keeps to its lines', (event) => {
    const { subject, text, html } = letterOf(event, EVIL);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(html.replaceAll(/<\/?(?:!doctype html|html lang="en"|html|head|meta charset="utf-8"|title|body|p|ul|li)>/g, '')).not.toMatch(/[<>]/);
    expect(html).toContain('&#60;img src=&#34;https');
  });

  test('says the same in both of its parts', () => {
    const { text, html } = letterOf(told[6]!, 'Paul');
    for (const part of ['Dear Paul,', '1 × NW-42', 'Come back']) expect([text, html].map((form) => form.includes(part))).toEqual([true, true]);
  });

  test('names what the customer must know, and no more', () => {
    expect(letterOf(told[0]!, null)).toMatchObject({ subject: 'Your order 10248 is on its way', text: expect.stringContaining('tracking number NP0000012') });
    expect(letterOf(told[0]!, null).text).toMatch(/^Good day,/);
    expect(letterOf(told[1]!, null)).toMatchObject({ subject: 'Your order 10248 is ready' });
    expect(letterOf(told[2]!, null).text).toMatch(/is cancelled\. We do not have enough/);
    expect(letterOf(told[2]!, null).text).not.toContain('internal');
    expect(letterOf(told[3]!, null).text).toMatch(/is cancelled\.\n/);
    expect(letterOf(told[4]!, null).text).toContain('200.38 USD');
  });

  test('about a part of the money says for which lines, and how much it is in all', () => {
    const { subject, text } = letterOf(told[5]!, null);
    expect(subject).toBe('Your money for order 10248');
    expect(text).toMatch(/We have given back 28\.00 USD for your order 10248\. You do not pay for these any more:\n\n- 2 × <img.*\n- 1 × NW-42\n\nIn all, 30\.00 USD of the 200\.38 USD that you paid is given back\./);
    expect(text).not.toMatch(/NW-72|internal/);
    const { lineIds: _lines, ...data } = (told[5] as Extract<Told, { type: 'PaymentRefunded' }>).data;
    expect(letterOf({ ...told[5], data } as Told, null).text).toMatch(/order 10248\.\n\nIn all/);
  });

  test('about what was delivered does not say that all was: the event does not know what was not', () => {
    for (const event of told.slice(0, 2)) {
      const { text } = letterOf(event, null);
      expect(text).toContain('If we could not deliver something of it, you get the money for that back');
      expect(text).not.toMatch(/everything|whole|complete/i);
    }
  });
});

describe('a contact', () => {
  const registered = { type: 'UserRegistered', data: { userId: 'VINET', email: 'a@vinet.example' }, sequence: 1 };
  const contact = { kind: 'contact', customerId: 'VINET', email: 'a@vinet.example', name: null, isActive: true, version: 1 } as const;

  test('follows the profile, which stands whole in each event', () => {
    expect(follow(undefined, registered)).toEqual(contact);
    expect(follow({ ...contact, name: 'Vins' }, { type: 'UserUpdated', data: { userId: 'VINET', email: 'b@vinet.example' }, sequence: 2 })).toEqual({ ...contact, email: 'b@vinet.example', version: 2 });
  });

  test('is forgotten when the user is deactivated, and does not come back', () => {
    const gone = follow(contact, { type: 'UserDeactivated', data: { userId: 'VINET' }, sequence: 2 });
    expect(gone).toEqual({ ...contact, email: null, isActive: false, version: 2 });
    expect(follow(gone as typeof contact, { type: 'UserUpdated', data: { userId: 'VINET', email: 'b@vinet.example' }, sequence: 3 })).toMatchObject({ isActive: false });
  });

  test('does not go back to an older profile', () => expect(follow({ ...contact, version: 3 }, { type: 'UserUpdated', data: { userId: 'VINET' }, sequence: 2 })).toMatchObject({ kind: 'stale', rule: 'older_profile' }));
});
