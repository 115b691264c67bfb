/**
 * The subject of this service's log: a client and an order. It is what is locked and loaded together, so that clients which name
 * the same order id have nothing in common, and none can make the work of another one slower.
 */

/** A client id has no space, so the first one ends it. */
export function subjectOf(clientId: string, orderId: string): string {
  return `${clientId} ${orderId}`;
}

/** The way back. */
export function partsOf(subject: string): { readonly clientId: string; readonly orderId: string } {
  const end = subject.indexOf(' ');
  return { clientId: subject.slice(0, Math.max(0, end)), orderId: subject.slice(end + 1) };
}
