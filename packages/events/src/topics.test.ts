import { expect, test } from '@jest/globals';
import { PUBLISHED_ENTRIES } from './entries/all.ts';
import { TOPICS } from './topics.ts';

test('topics, their partitions and how long they are kept are those that were promised', () => {
  expect(Object.fromEntries(Object.entries(TOPICS).map(([name, { partitions, retentionDays }]) => [name, [partitions, retentionDays]]))).toEqual({
    'user-events': [12, 30], 'catalog-events': [8, 90], 'inventory-events': [16, 7], 'order-events': [20, 365], 'payment-events': [12, 7 * 365], 'shipping-events': [8, 365],
    'notification-events': [4, 30], 'audit-events': [4, 7 * 365], 'fulfillment-events': [12, 365],
  });
});

test('every topic has an event', () => {
  expect(new Set(PUBLISHED_ENTRIES.map(({ topic }) => topic))).toEqual(new Set(Object.keys(TOPICS)));
});
