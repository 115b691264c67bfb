/** What this service may answer beside the problems that every service shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const problems = defineProblems({
  idempotency_key_required: {
    status: 400,
    title: 'The header Idempotency-Key is required',
    help: 'Send a key that is new for each order, such as a UUID, and the same key when you repeat the request.',
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'The header Idempotency-Key cannot be used',
    help: 'A key has 1 to 255 visible ASCII characters, without spaces, and stands in one header.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    help: 'A key belongs to the first body that was sent with it. Send a new order with a new key.',
  },
  order_number_taken: {
    status: 409,
    title: 'Another order has this number',
    help: 'Leave orderNumber out to be given a free one, or ask for another.',
  },
  customer_id_personal: {
    status: 422,
    title: 'The id of a customer must not be an e-mail address',
    help: 'Give an id without @, such as a number of your own: ids of customers stay in events and orders for ever, also when the customer is erased.',
  },
  currency_not_supported: {
    status: 400,
    title: 'Orders cannot be placed in this currency',
    help: 'Every amount has two decimals, so only current currencies of ISO 4217 with two decimals are taken.',
  },
  amount_too_large: {
    status: 400,
    title: 'A total is too large',
    help: 'The total of a line and of the whole order may have 15 digits before the point.',
  },
  payment_method_required: {
    status: 422,
    title: 'The order must say how it is paid',
    help: 'Send payment.method with the token that the payment provider gave for the card: this service has no default.',
  },
  order_too_large: {
    status: 413,
    title: 'The order is too large to be published',
    help: 'An order must fit into one event of about 1 MiB: send less metadata, shorter names or fewer lines.',
  },
  order_not_found: {
    status: 404,
    title: 'There is no such order',
    help: 'Check the id: it is the orderId that was answered when the order was placed.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor cannot be used here',
    help: 'Send nextCursor of the page before unchanged, with the same filters, or leave it out to begin again.',
  },
});
