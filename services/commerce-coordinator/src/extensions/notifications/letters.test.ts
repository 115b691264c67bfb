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
    const { text, html } = letterOf(told[5]!, 'Paul');
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
