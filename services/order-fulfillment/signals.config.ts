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

/** What it tells and does not hear itself, with why: its clients hear it over the bus. Commerce Coordinator shows both in its catalogue. */
export const UNHEARD: Readonly<Record<string, string>> = {
  FulfillmentHeld: 'For clients that show it; what is held begins with FulfillmentReleased.',
  FulfillmentLineSettled: 'For clients that follow single lines; what an order needs stands in the outcome of the whole.',
};
