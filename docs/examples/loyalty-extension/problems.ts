/** What the routes of loyalty answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const loyaltyProblems = defineProblems({
  loyalty_account_not_found: { status: 404, title: 'This customer has no points', help: 'Check the customerId. An account is opened by the first completed order.' },
  loyalty_points_missing: { status: 409, title: 'There are not so many points', help: 'Read the balance and spend at most so many. Points come with completed orders, and go when money is given back.' },
});
