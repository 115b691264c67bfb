/** What has happened on the local bus since it started. Counts only grow, except `pending`. */
export interface Counts {
  /** Entries of PutEvents that got an EventId, and those that got an error. */
  accepted: number;
  refused: number;
  /** Accepted events that went to a bus that does not exist, and those that no rule wanted. */
  lostToUnknownBus: number;
  unmatched: number;
  /** Messages put on target queues, among them second copies made by a fault switch. */
  delivered: number;
  duplicated: number;
  heldBack: number;
  /** Events put into archives, and archived events that a replay has sent once more. */
  archived: number;
  replayed: number;
  /** Deliveries that a fault switch has lost for good. */
  dropped: number;
  /** Attempts that failed and were tried again; events that ended in a target's dead-letter queue; events given up for want of one. */
  retried: number;
  deadLettered: number;
  givenUp: number;
  /** Calls that a fault switch has throttled, answered with 500, cut off before their work, cut off after it, and refused in an outage. */
  throttledCalls: number;
  failedCalls: number;
  resetCalls: number;
  lostAnswers: number;
  refusedCalls: number;
}

export interface Metrics extends Readonly<Counts> {
  /** Deliveries under way: waiting for their turn or the end of an outage, held back, or waiting to be tried again. */
  readonly pending: number;
}

export function zeroCounts(): Counts {
  return {
    accepted: 0, refused: 0, lostToUnknownBus: 0, unmatched: 0, delivered: 0, duplicated: 0, heldBack: 0, archived: 0, replayed: 0, dropped: 0, retried: 0, deadLettered: 0, givenUp: 0,
    throttledCalls: 0, failedCalls: 0, resetCalls: 0, lostAnswers: 0, refusedCalls: 0,
  };
}
