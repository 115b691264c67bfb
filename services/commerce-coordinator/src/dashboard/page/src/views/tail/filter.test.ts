/** What the filter of the live tail lets through. */
import { describe, expect, test } from '@jest/globals';
import { compileFilter } from './filter.ts';
import type { FilteredEvent } from './filter.ts';

const event: FilteredEvent = {
  eventId: 'e-1', eventType: 'OrderFulfillmentFailed', name: 'order.fulfillment_failed', topic: 'order-events', subject: 'o-77', source: 'order-service', origin: 'own',
  correlationId: 'c-1', causationId: 'e-0', handler: 'orders.fail', data: { orderId: 'o-77', orderNumber: 10248, total: '20.10', reason: { code: 'lms_down' } }, metadata: {},
};

describe('words', () => {
  test.each([
    ['', true], ['   ', true],
    ['type:order.*', true], ['type:ORDER.*', true], ['type:OrderFulfillmentFailed', true], ['type:order.created', false], ['type:payment.*,order.*', true], ['type:order', false],
    ['order:o-77', true], ['order:10248', true], ['order:o-7', false], ['order:o-7*', true],
    ['status:failed', true], ['status:completed', false], ['status:fulfillment_failed', true],
    ['type:order.* status:failed order:10248', true], ['type:order.* status:completed', false],
    ['-type:order.*', false], ['-status:completed', true],
    ['lms_down', true], ['LMS', true], ['"lms down"', false], ['-lms_down', false],
    ['handler:orders.*', true], ['topic:order-events origin:own source:order-service', true], ['cause:e-0 correlation:c-1 id:e-1', true],
    // A value with signs of regular expressions is taken as it stands.
    ['type:order..created', false], ['order:(', false],
  ])('%s → %s', (text, passes) => {
    const { matches, fault } = compileFilter(text);
    expect([fault, matches(event)]).toEqual([undefined, passes]);
  });

  test.each([['colour:red', 'There is no field “colour”'], ['type:', 'Say what “type:” is to be'], ['constructor:x', 'There is no field']])('%s is told to be wrong, and lets all through', (text, why) => {
    const { matches, fault } = compileFilter(text);
    expect(fault).toContain(why);
    expect(matches(event)).toBe(true);
  });
});

describe('a pattern of EventBridge', () => {
  test.each([
    ['{"data":{"reason":{"code":[{"prefix":"lms"}]}}}', true],
    ['{"eventType":["OrderCreated"]}', false],
    ['{"data":{"orderNumber":[{"numeric":[">",10000]}]},"name":[{"prefix":"order."}]}', true],
  ])('%s → %s', (text, passes) => {
    const filter = compileFilter(text);
    expect([filter.pattern, filter.fault, filter.matches(event)]).toEqual([text, undefined, passes]);
  });

  test('is refused in the words of EventBridge while it is no pattern', () => {
    const { fault, pattern } = compileFilter('{"data":{"total":100}}');
    expect(fault).toMatch(/\w/);
    expect(pattern).toBeUndefined();
  });
});
