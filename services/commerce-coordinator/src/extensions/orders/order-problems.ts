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
  order_line_unknown: {
    status: 422,
    title: 'The order has no such line',
    help: 'Read the order: lineIds are the lineId of its lines.',
  },
});
