/** What the webhooks of payment providers may be answered beside the problems that every service shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const ingestProblems = defineProblems({
  webhook_signature_invalid: {
    status: 401,
    title: 'The webhook is not signed as agreed',
    help: 'Sign the raw body as the provider of this path does, with the secret that was agreed, not more than five minutes ago, and send each header of the signature once.',
  },
  webhook_malformed: {
    status: 400,
    title: 'The webhook is not in the form that was agreed',
    help: 'The answer names the place and the fault. At the provider standard send provider_event_id, provider, order_id, status, amount, currency and occurred_at, and dispute_id for a dispute; at stripe the object must name its order in metadata.order_id, and a dispute its payment_intent or charge.',
  },
  payment_order_unknown: {
    status: 404,
    title: 'There is no such order',
    help: 'Check the id of the order, or, of a dispute, of the charge. What was told is kept and applied when the order comes; the same webhook is answered 200 then.',
  },
  payment_transition_illegal: {
    status: 422,
    title: 'The payment or dispute cannot become what the webhook says',
    help: 'The webhook contradicts what is known of the payment or the dispute: its state, amount, currency or id. It is recorded for a person, and judged anew when it is sent again.',
  },
  updates_unavailable: {
    status: 502,
    title: 'The webhook could not be handed on',
    help: 'What takes updates of orders cannot be reached at present. Send the same webhook again.',
    retryable: true,
  },
  updates_too_slow: {
    status: 504,
    title: 'The webhook could not be handed on in time',
    help: 'Whether it had its effect is unknown. Send the same webhook again: it counts once.',
    retryable: true,
  },
});
