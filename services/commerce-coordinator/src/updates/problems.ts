/** What the ingest may be answered to an update, beside the problems that every service shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const updateProblems = defineProblems({
  update_duplicate: {
    status: 409,
    title: 'This update was taken before',
    help: 'Its provider and provider event id were told before with the same content. It has its effect; there is nothing more to do.',
  },
  update_order_unknown: {
    status: 404,
    title: 'There is no such order yet',
    help: 'The update is kept, and has its effect when the order comes; where too many wait already the answer says that it is not. The same update sent again is a duplicate then (409), which the provider is answered 200.',
  },
  update_status_invalid: {
    status: 422,
    title: 'The payment or dispute cannot become what the update says',
    help: 'The update contradicts what is known: the state, amount, currency or id of the payment or the dispute, or its event id was used for another update. It is recorded for a person, and judged anew when it is sent again.',
  },
});
