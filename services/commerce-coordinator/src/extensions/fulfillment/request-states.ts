/**
 * The states of a request for fulfillment, as data, checked at start. `unasked` is an order whose request has no answer yet.
 * An order of which the request was refused, failed or was cancelled has ended, so a completion that comes after all is
 * unwanted: it is taken back.
 */
import type { StateTable } from '@commerce/service-kit/state-table';

export type RequestStatus = 'unasked' | 'held' | 'requested' | 'refused' | 'completed' | 'failed' | 'cancelled' | 'unwanted';

/** Events that tell an outcome. */
export type OutcomeType = 'FulfillmentCompleted' | 'FulfillmentFailed' | 'FulfillmentCancelled';

/** What moves a request: answers of the fulfilling side, to the first request and to one that was lost, and outcomes. */
export type RequestInput = 'withheld' | 'acknowledged' | 'refused' | 'acknowledged_again' | 'refused_again' | OutcomeType;

export const REQUEST_STATES: StateTable<RequestStatus, RequestInput> = {
  name: 'fulfillment request',
  initial: 'unasked',
  states: {
    unasked: { terminal: false, meaning: 'The request has no answer yet; it is repeated under its key.' },
    held: { terminal: false, meaning: 'Nothing was requested, because the payment is disputed; it is when the dispute is won.' },
    requested: { terminal: false, meaning: 'The fulfilling side has it; both sides are compared until its outcome is known.' },
    refused: { terminal: false, meaning: 'The fulfilling side refused for good.' },
    completed: { terminal: true, meaning: 'At least one line was fulfilled.' },
    failed: { terminal: false, meaning: 'No line was fulfilled.' },
    cancelled: { terminal: false, meaning: 'It was called off: no line is delivered.' },
    unwanted: { terminal: true, meaning: 'It was fulfilled after the order had ended; the fulfilling side is asked to take it back.' },
  },
  transitions: [
    { from: 'unasked', on: 'withheld', to: 'held' },
    { from: 'unasked', on: 'acknowledged', to: 'requested' },
    { from: 'held', on: 'acknowledged', to: 'requested' },
    { from: 'held', on: 'refused', to: 'refused' },
    { from: 'unasked', on: 'refused', to: 'refused' },
    { from: 'requested', on: 'acknowledged_again', to: 'requested' },
    { from: 'requested', on: 'refused_again', to: 'refused' },
    { from: 'requested', on: 'FulfillmentCompleted', to: 'completed' },
    { from: 'requested', on: 'FulfillmentFailed', to: 'failed' },
    { from: 'requested', on: 'FulfillmentCancelled', to: 'cancelled' },
    { from: 'refused', on: 'FulfillmentCompleted', to: 'unwanted' },
    { from: 'failed', on: 'FulfillmentCompleted', to: 'unwanted' },
    { from: 'cancelled', on: 'FulfillmentCompleted', to: 'unwanted' },
  ],
};
