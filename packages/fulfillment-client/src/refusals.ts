/**
 * The problems by which Order Fulfillment says no for good: each is about the request itself, so that the same request will
 * never be accepted. Everything else it may say is about the caller's rights, the way to the service, or the moment.
 * A test of the service holds these lists equal to its catalogue of problems.
 */

/** Status and code of the refusals of `POST /v1/fulfillments`, alone or in a batch. */
export const REFUSALS_OF_A_REQUEST: ReadonlySet<string> = new Set([
  '400 idempotency_key_required', '400 malformed_json', '400 validation_failed',
  '409 line_already_requested', '409 too_many_open_fulfillments',
  '413 body_too_large',
  '422 deadline_passed', '422 idempotency_key_reused', '422 no_provider', '422 order_revoked', '422 request_too_large', '422 start_after_deadline',
]);

/** Status and code of the refusals of a question: a `GET`, or a lookup. */
export const REFUSALS_OF_A_QUESTION: ReadonlySet<string> = new Set([
  '400 invalid_cursor', '400 malformed_json', '400 validation_failed',
  '404 fulfillment_not_found',
  '413 body_too_large',
]);

/** Status and code of the refusals of a cancel, revoke, hold, release or acknowledgement. */
export const REFUSALS_OF_A_CHANGE: ReadonlySet<string> = new Set([
  '400 malformed_json', '400 validation_failed',
  '404 fulfillment_not_found',
  '409 already_begun', '409 already_settled', '409 not_fulfilled', '409 not_on_hold', '409 not_settled',
  '413 body_too_large',
  '422 unknown_line',
]);
