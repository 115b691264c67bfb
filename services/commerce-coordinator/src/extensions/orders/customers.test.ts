import { describe, expect, test } from '@jest/globals';
import { apply } from '@commerce/signals/handler';
import { customerIn, customerSubject, knowCustomer } from './customers.ts';
import type { Customer } from './customers.ts';

const registered = { type: 'UserRegistered', data: { userId: 'VINET', name: 'Vins' }, sequence: 1 } as const;
const customer: Customer = { kind: 'customer', customerId: 'VINET', name: 'Vins', isActive: true, version: 1 };
const knowing = (known: Customer | undefined) => ({ other: (subject: string) => (subject === 'customer:VINET' ? known : undefined) });
const after = (known: Customer | undefined, event: Parameters<typeof knowCustomer>[1]) => knowCustomer(undefined, event, knowing(known));
const become = (next: Customer) => apply(undefined, [], new Map([['customer:VINET', next]]) as never);

describe('a customer of orders', () => {
  test('follows the profile, which stands whole in each event', () => {
    expect(after(undefined, registered)).toEqual(become(customer));
    expect(after(customer, { type: 'UserUpdated', data: { userId: 'VINET' }, sequence: 2 })).toEqual(become({ ...customer, name: null, version: 2 }));
  });

  test('loses the name when deactivated, and does not come back', () => {
    const gone = { ...customer, name: null, isActive: false, version: 2 };
    expect(after(customer, { type: 'UserDeactivated', data: { userId: 'VINET' }, sequence: 2 })).toEqual(become(gone));
    expect(after(gone, { type: 'UserUpdated', data: { userId: 'VINET', name: 'Vins' }, sequence: 3 })).toEqual(become({ ...gone, name: 'Vins', version: 3 }));
  });

  test('does not go back to an older profile', () => {
    expect(after({ ...customer, version: 3 }, { type: 'UserUpdated', data: { userId: 'VINET' }, sequence: 3 })).toMatchObject({ kind: 'stale', rule: 'older_profile' });
  });

  test('is never taken for an order', () => expect([customerIn(customerSubject('a')), customerIn('a')]).toEqual(['a', undefined]));
});
