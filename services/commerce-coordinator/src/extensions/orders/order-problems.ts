/** What the acts on orders may be answered beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const orderProblems = defineProblems({
  order_not_cancellable: {
    status: 409,
    title: 'The order cannot be cancelled any more',
    help: 'The detail names its status. One that was delivered can be refunded: POST /orders/{orderId}/refund. One that has ended stays as it is.',
  },
  order_not_refundable: {
    status: 409,
    title: 'The order cannot be refunded now',
    help: 'The detail names its status. What was not delivered yet is cancelled: POST /orders/{orderId}/cancel. One that has ended is refunded by that already.',
  },
  order_nothing_delivered: {
    status: 409,
    title: 'Nothing of it is delivered that could be taken back',
    help: 'Read the order: lines whose outcome is fulfilled are delivered. One that is not delivered yet is cancelled: POST /orders/{orderId}/cancel. One that is being taken back is tried again by POST /orders/{orderId}/retry.',
  },
  order_not_requestable: {
    status: 409,
    title: 'The order cannot be requested again now',
    help: 'Only a paid order is requested again, once nothing asks for it any more, and one that is being fulfilled. What is being asked is tried at once by POST /orders/{orderId}/retry. An order that has ended, or whose request was refused, is placed anew.',
  },
  order_nothing_waits: {
    status: 409,
    title: 'Nothing of the order waits to be tried',
    help: 'Read its timeline. If it waits for the fulfilling side, that is asked again by POST /orders/{orderId}/re-request.',
  },
  order_line_unknown: {
    status: 422,
    title: 'The order has no such line',
    help: 'Read the order: lineIds are the lineId of its lines.',
  },
});
