/** The trace id in a `traceparent` of W3C; undefined for anything else. Pure. */
export function traceOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/.exec(traceparent)?.[1] : undefined;
}
