/**
 * The states of a request for fulfillment, as data, checked at start. `unasked` is an order whose request has no answer yet.
 */
import type { StateTable } from '@commerce/service-kit/state-table';

export type RequestStatus = 'unasked' | 'requested' | 'refused' | 'completed' | 'failed';

/** What moves a request: answers of the fulfilling side, and the events that tell its outcome. */
export type RequestInput = 'acknowledged' | 'refused' | 'FulfillmentCompleted' | 'FulfillmentFailed';

export const REQUEST_STATES: StateTable<RequestStatus, RequestInput> = {
  name: 'fulfillment request',
  initial: 'unasked',
  states: {
    unasked: { terminal: false, meaning: 'The request has no answer yet; it is repeated under its key.' },
    requested: { terminal: false, meaning: 'The fulfilling side has it; the timer asks when no outcome comes.' },
    refused: { terminal: true, meaning: 'The fulfilling side refused for good.' },
    completed: { terminal: true, meaning: 'At least one line was fulfilled.' },
    failed: { terminal: true, meaning: 'No line was fulfilled.' },
  },
  transitions: [
    { from: 'unasked', on: 'acknowledged', to: 'requested' },
    { from: 'unasked', on: 'refused', to: 'refused' },
    { from: 'requested', on: 'FulfillmentCompleted', to: 'completed' },
    { from: 'requested', on: 'FulfillmentFailed', to: 'failed' },
  ],
};
