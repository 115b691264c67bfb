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
  start_after_deadline: {
    status: 422,
    title: 'The start lies behind the deadline',
    help: 'startAt must be before notAfter: as it stands, nothing could ever be begun.',
  },
  line_already_requested: {
    status: 409,
    title: 'Some of the lines are requested or delivered already',
    help: 'Each entry of "errors" names a line of this order that another fulfillment has; "detail" names that fulfillment. Use it, or say "repeat": true in the line if it is wanted once more.',
  },
  order_revoked: {
    status: 422,
    title: 'Some of the lines were revoked',
    help: 'Each entry of "errors" names a line that was revoked by its order before this request came. It will not be delivered.',
  },
  too_many_open_fulfillments: {
    status: 409,
    title: 'Too many fulfillments of this order are open',
    help: 'A client can have 20 open fulfillments of one order. Put more lines into one request, or ask again, with a new key, when some of them are settled or cancelled.',
  },
  order_not_found: {
    status: 404,
    title: 'Nothing is known of this order',
    help: 'Check the order id: it is the one that was sent with the request, and only orders of your own client are known to you.',
  },
  order_under_way: {
    status: 409,
    title: 'Something of this order is still under way',
    help: 'A provider may still need to know for whom it is. Wait for the end of the fulfillments that "detail" names, or cancel them, and ask again.',
    retryable: true,
  },
  already_settled: {
    status: 409,
    title: 'The fulfillment has its outcome already',
    help: 'Nothing is open that could be called off. Read the fulfillment; what was delivered can be revoked.',
  },
  not_settled: {
    status: 409,
    title: 'The fulfillment is still open',
    help: 'Only what has its outcome can be revoked. Cancel the fulfillment: that takes back what was delivered already.',
  },
  not_fulfilled: {
    status: 409,
    title: 'Some of the lines were not delivered',
    help: 'There is nothing to take back. Read the fulfillment: its lines say what became of them.',
  },
  unknown_line: {
    status: 422,
    title: 'The fulfillment has no such line',
    help: 'Each entry of "errors" names an entry of "lines" that is no lineId of this fulfillment.',
  },
  already_begun: {
    status: 409,
    title: 'The fulfillment has been begun, or may have been',
    help: 'Only what certainly nobody has begun can be held. Cancel it if it is not wanted.',
  },
  not_on_hold: {
    status: 409,
    title: 'The fulfillment is not on hold',
    help: 'There is nothing to release. Read the fulfillment: it may go on already.',
  },
  request_too_large: {
    status: 422,
    title: 'The request is too large to be told about',
    help: 'The outcome of all lines must fit into one event of about 1 MiB. Send fewer lines in one request, or shorter ids.',
  },
  unknown_client: {
    status: 403,
    title: 'This client is not set up here',
    help: 'The token is valid, but this service has no record of its client, or no longer. Ask the operator of this service to add one.',
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
    help: '"detail" says which rule is broken, the header Accept-Signature what a signature must cover (RFC 9421). Sign every request anew, with a new nonce and the present time, over the address as it is sent.',
  },
  client_exists: {
    status: 409,
    title: 'There is a client with this id',
    help: 'Change that one, or choose another clientId.',
  },
  key_exists: {
    status: 409,
    title: 'There is a key with this keyid',
    help: 'A keyid is unique over all clients, and stands for one key for good. Choose another one.',
  },
  subject_in_use: {
    status: 409,
    title: 'Another client has this subject',
    help: 'The subject of a token says which client calls, so it can belong to one client only.',
  },
  client_does_not_sign: {
    status: 409,
    title: 'This client authenticates with tokens',
    help: 'Only a client whose authentication is of the type signature has keys. Remove the client and add it anew to let it sign; its fulfillments stay.',
  },
  too_many_keys: {
    status: 409,
    title: 'The client has as many keys as a client can have',
    help: 'Remove keys that have ended.',
  },
  unknown_provider: {
    status: 422,
    title: 'There is no such provider',
    help: 'Each entry of "errors" names a field with a provider that this service does not have, and those that it has.',
  },
  client_not_found: {
    status: 404,
    title: 'There is no such client',
    help: 'Check the clientId; in an address it is percent-encoded.',
  },
  key_not_found: {
    status: 404,
    title: 'The client has no such key',
    help: 'Check the keyid; in an address it is percent-encoded.',
  },
  callback_signature_invalid: {
    status: 401,
    title: 'The signature of the callback cannot be accepted',
    help: 'Sign {webhook-id}.{webhook-timestamp}.{raw body} with HMAC-SHA256 as Standard Webhooks says, with the secret that was agreed, not more than five minutes ago.',
  },
});
