/**
 * The map of this service: which handler hears which signal. A handler that stands nowhere here is refused at start, and so is
 * a name that the extension does not declare.
 *
 *   POST /v1/fulfillments → FulfillmentAccepted → local lines begin, remote lines are asked for
 *     … outcomes come by timer, answer or callback → FulfillmentLineSettled … FulfillmentCompleted or FulfillmentFailed …
 *   no outcome in time, or not wanted any more → FulfillmentCheckDue → remote lines are asked for again, or taken back
 *   released, or its start time has come → FulfillmentReleased → local lines begin
 */
import type { FulfillmentsHandler } from './src/fulfillments/extension.ts';

type Signal = 'FulfillmentAccepted' | 'FulfillmentReleased' | 'FulfillmentCheckDue';

/** Event type → handlers, called independently of each other. */
export const SIGNALS: { readonly [Type in Signal]: readonly FulfillmentsHandler[] } = {
  FulfillmentAccepted: ['fulfillments.start', 'fulfillments.ask'],
  FulfillmentReleased: ['fulfillments.start'],
  FulfillmentCheckDue: ['fulfillments.ask'],
};
