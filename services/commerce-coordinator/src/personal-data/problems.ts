/** What the routes of customers' data may be answered with, beside the problems that all routes share. */
import { defineProblems } from '@commerce/service-kit/problems';

export const customerProblems = defineProblems({
  customer_not_found: {
    status: 404,
    title: 'Nothing is known of this customer',
    help: 'Check the id: it is the customerId of orders and carts, and the userId of the catalogue.',
  },
  customer_has_open_orders: {
    status: 409,
    title: 'An order of this customer is still open',
    help: 'Let the orders and checkouts that are named come to their end, or cancel them, and erase the customer then. What is under way needs the address and the name, and its money may have to be given back.',
    retryable: true,
  },
  erasure_unavailable: {
    status: 409,
    title: 'This service keeps its events in clear, so it cannot erase anybody from them',
    help: 'Set PERSONAL_DATA_KEY: what is written from then on can be erased. What was written before stays readable until its retention has passed.',
  },
});
