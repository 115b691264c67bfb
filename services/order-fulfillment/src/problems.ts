/** What this service may answer beside the problems that every service shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const problems = defineProblems({
  idempotency_key_required: {
    status: 400,
    title: 'The header Idempotency-Key is required',
    help: 'Send one header Idempotency-Key with 1 to 255 visible ASCII characters: new for each request, such as a UUID, and the same when you repeat it.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    help: 'A key belongs to the first body that was sent with it. Send a new request with a new key.',
  },
  request_in_progress: {
    status: 409,
    title: 'A request with this Idempotency-Key is still being worked on',
    help: 'Wait as long as Retry-After says, then send the same request again: you will get the first answer.',
    retryable: true,
  },
  no_provider: {
    status: 422,
    title: 'Nobody can deliver some of the lines',
    help: 'Each entry of "errors" names a line for which no provider is set up for this client, neither by sku nor by kind nor by default.',
  },
  deadline_passed: {
    status: 422,
    title: 'The deadline of the request has passed',
    help: 'notAfter lies in the past. Leave it out, or send a later one.',
  },
  request_too_large: {
    status: 422,
    title: 'The request is too large to be told about',
    help: 'The outcome of all lines must fit into one event of about 1 MiB. Send fewer lines in one request, or shorter ids.',
  },
  unknown_client: {
    status: 403,
    title: 'This client is not set up here',
    help: 'The token is valid, but no record says which providers deliver for this client. Ask the operator of this service to add one.',
  },
  fulfillment_not_found: {
    status: 404,
    title: 'There is no such fulfillment',
    help: 'Check the id: it is the fulfillmentId that was answered when the request was accepted, and belongs to the client that sent it.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor cannot be used here',
    help: 'Send nextCursor of the page before unchanged, with the same filters, or leave it out to begin again.',
  },
  signature_invalid: {
    status: 401,
    title: 'The signature cannot be accepted',
    help: 'Sign {webhook-id}.{webhook-timestamp}.{raw body} with HMAC-SHA256 as Standard Webhooks says, with the secret that was agreed, not more than five minutes ago.',
  },
});
