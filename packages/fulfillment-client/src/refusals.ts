/**
 * The problems by which Order Fulfillment says no for good: each is about the request itself, so that the same request will
 * never be accepted. Everything else it may say is about the caller's rights, the way to the service, or the moment.
 * A test of the service holds these lists equal to its catalogue of problems.
 */

/** Status and code of the refusals of `POST /v1/fulfillments`, alone or in a batch. */
export const REFUSALS_OF_A_REQUEST: ReadonlySet<string> = new Set([
  '400 idempotency_key_required', '400 malformed_json', '400 validation_failed',
  '413 body_too_large',
  '422 deadline_passed', '422 idempotency_key_reused', '422 no_provider', '422 request_too_large',
]);

/** Status and code of the refusals of a question (`GET`). */
export const REFUSALS_OF_A_QUESTION: ReadonlySet<string> = new Set(['400 invalid_cursor', '400 validation_failed', '404 fulfillment_not_found']);
