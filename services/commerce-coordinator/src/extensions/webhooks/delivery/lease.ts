/** One delivery that this process has, and what became of an attempt. */

/** What was leased at once: its row is there until the last of them has ended. */
export interface LeaseBatch {
  readonly batchId: string;
  /** Of its deliveries, those whose end is not written. */
  left: number;
}

export interface Lease {
  readonly deliveryId: string;
  readonly batch: LeaseBatch;
  /** Times that it was claimed so far: each is a lease of its own. */
  readonly claims: number;
  readonly endpointId: string;
  readonly eventId: string;
  readonly name: string;
  /** Attempts that were made. */
  readonly attempt: number;
  /** Of these, how many before it was sent again on request: then it has all its attempts anew. */
  readonly attemptsBefore: number;
  /** Of the replay that sends it once more; null for what is told as it happens. */
  readonly replayId: string | null;
  /** The exact bytes. */
  readonly body: Buffer;
  /** Of what has brought its event about; null for one that is not traced. */
  readonly traceparent: string | null;
}

/** One attempt. */
export interface Attempt {
  /** Null when there was no answer. */
  readonly status: number | null;
  /** The beginning of the answer's body. */
  readonly answer: string | null;
  /** Why it failed where the status does not say it; null when it did not. */
  readonly error: string | null;
  readonly durationMs: number;
  /** What the endpoint asked to wait. */
  readonly retryAfterMs: number | null;
}
