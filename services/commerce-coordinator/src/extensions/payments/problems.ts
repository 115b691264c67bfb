/** What the webhooks of payment providers may be answered beside the problems that every service shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const paymentProblems = defineProblems({
  webhook_signature_invalid: {
    status: 401,
    title: 'The webhook is not signed as agreed',
    help: 'Sign the raw body as Standard Webhooks says, with the secret that was agreed, not more than five minutes ago.',
  },
  webhook_malformed: {
    status: 400,
    title: 'The webhook is not in the form that was agreed',
    help: 'Send provider_event_id, provider, order_id, status, amount, currency and occurred_at; payment_id, refund_id and reason where they are known.',
  },
  payment_order_unknown: {
    status: 404,
    title: 'There is no such order',
    help: 'Check order_id: it is the one that the charge was made for. The webhook was not taken and may be sent again.',
  },
  payment_transition_illegal: {
    status: 422,
    title: 'The payment cannot become what the webhook says',
    help: 'The webhook contradicts what is known of the payment: its state, amount, currency or id. It is recorded for a person, and judged anew when it is sent again.',
  },
});
