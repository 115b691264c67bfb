/** What a person may do with an order: the words for it, and the call. Pure. */
export type Act = 'retry' | 're-request' | 'revoke' | 'refund' | 'cancel';

export interface ActWords {
  /** On its button. */
  readonly name: string;
  readonly scope: string;
  readonly tone: 'primary' | 'danger' | 'plain';
  /** What will happen. */
  readonly text: string;
  /** With many: `3 orders are …`. */
  readonly done: string;
}

export const ACTS: Readonly<Record<Act, ActWords>> = {
  retry: { name: 'Retry now', scope: 'dlq:write', tone: 'primary', text: 'Whatever waits for the order is tried at once: attempts that would come later, parked events, dead letters, timers. Nothing that was done is done twice.', done: 'tried again' },
  're-request': { name: 'Request again', scope: 'admin', tone: 'plain', text: 'The fulfilling side is asked again, under a new key. What it has of the order already is taken over, so nothing is delivered twice.', done: 'requested again' },
  revoke: { name: 'Take back', scope: 'admin', tone: 'danger', text: 'What was delivered is asked back from the fulfilling side. Money follows for what comes back.', done: 'asked back' },
  refund: { name: 'Refund', scope: 'admin', tone: 'danger', text: 'The order is taken back, and its money is given back in any case.', done: 'refunded' },
  cancel: { name: 'Call off', scope: 'orders:write', tone: 'danger', text: 'What was not begun is not begun, and what was done is undone: stock is put back, money is given back.', done: 'called off' },
};

export const ACT_NAMES = Object.keys(ACTS) as Act[];

export interface ActCall {
  readonly method: 'POST';
  readonly path: string;
  readonly body: { readonly reason: { readonly code: string; readonly message?: string } };
}

/** `why`: as it was typed; the code says where it was asked. */
export function actCall(orderId: string, act: Act, why: string): ActCall {
  const message = why.trim();
  return { method: 'POST', path: `/orders/${encodeURIComponent(orderId)}/${act}`, body: { reason: { code: 'asked_in_dashboard', ...(message !== '' && { message }) } } };
}
