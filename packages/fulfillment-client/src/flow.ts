/**
 * What a call carries along so that it can be followed: which request began it all, which event caused it, whose session it is.
 */
export interface Flow {
  /** UUID of the request that began the flow. */
  readonly correlationId?: string | undefined;
  /** UUID of the event that made this request, if one did. */
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** An order with a session id travels alone: an item of a batch has no place for it. */
  readonly sessionId?: string | undefined;
}

/** Names and values in turn. A text that may not stand in a header is left out rather than holding up the call. */
export function flowHeaders({ correlationId, causationId, traceparent, sessionId }: Flow): string[] {
  const given = [['x-correlation-id', correlationId], ['x-causation-id', causationId], ['traceparent', traceparent], ['x-session-id', sessionId]] as const;
  return given.flatMap(([name, text]) => (isHeaderText(text) ? [name, text] : []));
}

/** 1 to 255 visible ASCII characters. */
export function isHeaderText(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]{1,255}$/.test(text);
}
