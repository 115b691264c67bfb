import { describe, expect, test } from '@jest/globals';
import { event } from '../../test-events.ts';
import { bodyOf } from '@commerce/events/webhook-message';
import { isKnownName, isWanted, webhookNameOf } from './message-names.ts';
import { follow } from '@commerce/events/webhook-order';
import type { OrderFacts } from '@commerce/events/webhook-order';
import { HEARD } from './fan-out-entries.ts';

const created = event('OrderCreated', HEARD.find(({ type }) => type === 'OrderCreated')?.example);
const statusesAfter = (...types: readonly (string | readonly [string, object])[]): (string | undefined)[] => {
  let order: OrderFacts | undefined = follow(undefined, created);
  return types.map((one) => {
    const [type, data] = typeof one === 'string' ? [one, {}] : one;
    order = follow(order, event(type, data));
    return order?.isOnHold === true ? 'on_hold' : order?.status;
  });
};
const about = { orderId: created.subject, orderNumber: 10248, customerId: 'VINET' };
const reason = { code: 'customer_changed_mind' };

describe('The order in a payload', () => {
  test('moves as its events tell', () => {
    expect(statusesAfter('InventoryReserved', 'PaymentProcessed', 'FulfillmentRequested', ['OrderFulfilled', { ...about, lines: [] }], 'ShippingCreated', 'OrderShipped', ['OrderCompleted', { ...about, lines: [] }]))
      .toEqual(['reserved', 'paid', 'fulfilling', 'fulfilled', 'fulfilled', 'shipped', 'completed']);
  });

  test('is not moved back by what another extension tells late', () => {
    expect(statusesAfter(['OrderCancelRequested', { orderId: created.subject, reason, status: 'created' }], 'InventoryReserved', 'PaymentProcessed', ['OrderCancelled', { ...about, reason }], 'FulfillmentRequested'))
      .toEqual(['cancel_pending', 'cancel_pending', 'cancel_pending', 'cancelled', 'cancelled']);
    expect(statusesAfter('PaymentProcessed', 'InventoryReserved')).toEqual(['paid', 'paid']);
  });

  test('that was to be cancelled and had been fulfilled by then goes on', () => {
    expect(statusesAfter(['OrderCancelRequested', { orderId: created.subject, reason, status: 'paid' }], ['OrderFulfilled', { ...about, lines: [] }])).toEqual(['cancel_pending', 'fulfilled']);
  });

  test('that was raised for a person is on hold until it moves', () => {
    const changes = { version: 2, updatedAt: '2026-01-01T00:00:00.000Z', status: 'on_hold', heldFrom: 'created', overdue: 3 };
    expect(statusesAfter(['OrderOverdue', { orderId: created.subject, orderNumber: 10248, status: 'created', times: 3, act: 'escalate', changes }], 'InventoryReserved')).toEqual(['on_hold', 'reserved']);
  });

  test('stands where the order itself says, and not where it stood before', () => {
    const changed = (status: string, more: object = { reason }) => ({ ...about, ...more, changes: { version: 2, updatedAt: '2026-01-01T00:00:00.000Z', status } });
    expect(statusesAfter('PaymentProcessed', 'FulfillmentRequested', ['OrderConfirmed', changed('paid', { currency: 'USD', total: '200.38' })], ['OrderUnfulfilled', changed('cancel_pending')], ['OrderCancelled', changed('cancelled')], ['OrderUnfulfilled', changed('cancel_pending')]))
      .toEqual(['paid', 'fulfilling', 'fulfilling', 'cancel_pending', 'cancelled', 'cancelled']);
    expect(statusesAfter(['OrderTakenBack', changed('refund_pending', { reason, lines: [] })])).toEqual(['refund_pending']);
  });

  test('whose payment is disputed is on hold until that is over, unless it is delivered', () => {
    const opened = ['DisputeOpened', {}] as const;
    const over = (left: string) => ['DisputeLost', { disputeId: 'dp_1', orderId: created.subject, paymentId: 'p', amount: '1.00', currency: 'USD', provider: 'standard', occurredAt: '2026-01-01T00:00:00.000Z', open: 0, left }] as const;
    expect(statusesAfter('PaymentProcessed', opened, over('1.00'), over('0.00'))).toEqual(['paid', 'on_hold', 'paid', 'on_hold']);
    expect(statusesAfter(['OrderFulfilled', { ...about, lines: [] }], opened)).toEqual(['fulfilled', 'fulfilled']);
  });

  test('has its payment', () => {
    const paid = follow(follow(undefined, created), event('PaymentProcessed'));
    expect(paid?.paymentInfo).toEqual({ paymentId: expect.any(String), provider: 'standard', status: 'completed', amount: '200.38', currency: 'USD', reference: 'ch_1' });
    expect(follow(paid, event('PaymentRefunded'))?.paymentInfo).toMatchObject({ status: 'refunded', amount: '200.38', refunded: '200.38', reference: 'ch_1' });
  });

  test('has the form that was promised', () => {
    const body = bodyOf('order.created', created, follow(undefined, created), 1);
    expect(body).toEqual({
      id: created.eventId, event: 'order.created', created: created.occurredAt,
      data: {
        orderId: created.subject, orderNumber: 10248, customerId: 'VINET', status: 'created', statusChangedAt: created.occurredAt, total: '200.38', currency: 'USD',
        items: [expect.objectContaining({ lineId: '1', sku: 'NW-11', quantity: 12, unitPrice: '14.00', total: '168.00' })],
        metadata: { sequence: 1, eventType: 'OrderCreated', correlationId: created.correlationId },
      },
    });
  });

  test('that was never heard of is not made up: the event tells what it has', () => {
    const late = event('OrderShipped');
    expect(follow(undefined, late)).toBeUndefined();
    expect(bodyOf('order.shipped', late, undefined, 0).data).toBe(late.data);
  });
});

test('what a worker outside reports is told as WorkerStatusWebhook', () => {
  const reported = event('WorkerStatusReported', { messageId: 'm', event: 'job.failed', workerId: 'w', queueName: 'q', jobId: 'j', jobType: 't', status: 'failed', processingTime: 5, error: 'no' });
  expect(bodyOf('report.worker_status', reported, undefined, 0).data).toEqual({ workerId: 'w', queueName: 'q', jobId: 'j', jobType: 't', status: 'failed', processingTime: 5, error: 'no' });
});

describe('A name in a registration', () => {
  test.each([
    ['order.created', 'order.created', true], ['order.*', 'order.created', true], ['*', 'cart.updated', true], ['*', 'job.failed', false], ['job.*', 'job.failed', true], ['JOB_FAILED', 'job.failed', true], ['job.failed', 'job.failed', true], ['payment.completed', 'order.payment_completed', true],
    ['ORDER_PAYMENT_COMPLETED', 'order.payment_completed', true], ['PaymentProcessed', 'order.payment_completed', true], ['payment.*', 'order.payment_completed', true], ['INVENTORY_UPDATE', 'order.reserved', true],
    ['order.created', 'order.completed', false], ['order.*', 'cart.updated', false], ['order', 'order.created', false], ['ord*', 'order.created', false],
  ])('%s wants %s: %s', (wanted, name, expected) => expect(isWanted(wanted, name)).toBe(expected));

  test('must be one that is told', () => {
    expect(['order.*', '*', 'CART_ITEM_ADDED', 'webhook.endpoint_disabled'].map(isKnownName)).toEqual([true, true, true, true]);
    expect(['orders.created', 'order.', 'nothing.*', ''].map(isKnownName)).toEqual([false, false, false, false]);
    expect(webhookNameOf('PaymentProcessed')).toBe('order.payment_completed');
  });
});
