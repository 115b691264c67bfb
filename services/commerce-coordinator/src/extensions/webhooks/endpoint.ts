/**
 * A registered endpoint: where its deliveries go, what it wants to hear, and how it is to be treated.
 */
export type EndpointStatus = 'enabled' | 'disabled';

/** What is held is kept so long, and for an endpoint that is disabled for longer nothing more is held. */
export const HELD_DAYS = 31;

export interface Endpoint {
  readonly endpointId: string;
  /** Client id of the token that registered it. */
  readonly owner: string;
  readonly url: string;
  /** Names as they were given: `order.created`, `order.*`, `*`. */
  readonly events: readonly string[];
  /** An EventBridge pattern on the body. */
  readonly filter: object | null;
  /** All attempts, the first included. */
  readonly retryAttempts: number;
  /** Base of the exponential waits between them. */
  readonly retryDelayMs: number;
  /** For one attempt, from the connection to the end of the answer. */
  readonly timeoutMs: number;
  /** Deliveries a second; null: as many as it takes. */
  readonly rateLimit: number | null;
  /** Deliveries at once. */
  readonly maxInFlight: number;
  /** One delivery of an order at a time, in the order of its events. */
  readonly ordered: boolean;
  readonly description: string | null;
  /** `Sealable`, sealed: see secrets.ts. */
  readonly secrets: Buffer;
  readonly status: EndpointStatus;
  readonly disabledReason: string | null;
  readonly disabledAt: Date | null;
  /** When it was told that half of its deliveries fail. */
  readonly noticedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is stored of an endpoint in sealed form alone. */
export interface Sealable {
  /** Newest first. */
  readonly secrets: readonly EndpointSecret[];
  /** Sent along; they never stand before those of the delivery itself. Often one of them is a password of the receiver. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One of the secrets of an endpoint, opened. */
export interface EndpointSecret {
  readonly kind: 'hmac' | 'ed25519';
  /** `whsec_` and base64, or `whsk_` and base64 of seed and public key; a secret of the owner's own making is taken as it is. */
  readonly secret: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Until when it signs along after a rotation; null for the one in force. */
  readonly expiresAt: string | null;
}
