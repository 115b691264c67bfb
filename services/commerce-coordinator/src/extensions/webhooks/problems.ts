/** What the routes of webhooks may answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const webhookProblems = defineProblems({
  webhook_not_found: { status: 404, title: 'There is no such webhook', help: 'Check the id: it is the webhookId that was answered at the registration. One that belongs to somebody else is answered in the same way.' },
  webhook_delivery_not_found: { status: 404, title: 'The webhook has no such delivery', help: 'Take the id from the list of its deliveries. They are kept for 31 days after they have ended.' },
  webhook_address_refused: { status: 422, title: 'Nothing is delivered to this address', help: 'The detail says what is wrong with it. Addresses must be https, without user and fragment, and on the public internet; whoever operates the service can allow more.' },
  webhook_secret_weak: { status: 422, title: 'The secret is too weak', help: 'Leave it out, and one is made and shown once. One of your own is whsec_ and the base64 of 24 to 64 random bytes, or 24 to 256 characters that are hard to guess.' },
  webhook_event_unknown: { status: 422, title: 'There is no event of this name', help: 'GET /api/catalog lists the names, such as order.created. A wildcard is order.* or *.' },
  webhook_filter_invalid: { status: 422, title: 'The filter is no event pattern', help: 'A filter is a pattern of EventBridge on the body that is sent, such as {"data": {"currency": ["USD"]}}. The detail says what is wrong.' },
  webhook_filter_personal: { status: 422, title: 'The filter asks for personal data', help: 'A filter is kept, and an address or a name in it would stay when its customer is erased. The detail says which path is meant.' },
  webhook_retries_too_many: { status: 422, title: 'More attempts are asked for than are made here', help: 'retryAttempts counts all attempts of a delivery, the first included. The detail says how many there may be.' },
  webhook_quota_reached: { status: 429, title: 'This client has as many webhooks as it may have', help: 'Remove one that is not needed any more, then register again.' },
  webhook_secrets_too_many: { status: 409, title: 'Too many secrets are in force', help: 'A secret signs along for 24 hours after it was changed. Wait until one of them has ended.' },
  webhook_disabled: { status: 409, title: 'The webhook is disabled', help: 'Enable it first; what was held can be delivered or discarded then.' },
  webhook_delivery_under_way: { status: 409, title: 'The delivery is being sent at this moment', help: 'Read it in a moment, and decide again.', retryable: true },
  webhook_signature_refused: { status: 401, title: 'The signature does not fit', help: 'Sign the exact bytes of the body as Standard Webhooks says, with the secret that was agreed, not more than five minutes ago.' },
  webhook_report_malformed: { status: 400, title: 'The message cannot be read', help: 'Send {"id", "event", "created", "data"} as JSON; the detail says what does not fit.' },
  webhook_report_reused: { status: 422, title: 'The id of this message was used for another one', help: 'The same id is the same message, byte for byte. Give each message an id of its own.' },
  webhook_report_too_old: { status: 422, title: 'The message is too old to be taken', help: 'Repetitions are recognised for 30 days: what was created before cannot be taken, nor what is to be created after tomorrow.' },
  webhook_loop: { status: 422, title: 'This report tells of a report', help: 'Events named report.… come from reports that were taken here or elsewhere. They are not taken once more, so that two services cannot tell each other for ever: leave them out of the registration that sends them.' },
});

/** A decision refused a request. `detail` is for the client. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
  readonly code: keyof typeof webhookProblems | 'idempotency_key_reused';
  readonly detail: string | undefined;
  constructor(code: WebhookRefused['code'], detail?: string) {
    super(detail ?? code);
    this.code = code;
    this.detail = detail;
  }
}
