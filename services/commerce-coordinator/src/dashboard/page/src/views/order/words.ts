/** What is said at the head of an order. Pure. */

const MEANINGS: Readonly<Record<string, string>> = {
  created: 'Its stock is being set aside.',
  reserved: 'Its stock is set aside; it is being paid.',
  paid: 'It is paid; its fulfillment is being requested.',
  fulfilling: 'The fulfilling side has it.',
  fulfilled: 'It is fulfilled; its shipment is being made.',
  shipped: 'What was fulfilled is on its way.',
  completed: 'Everything that it promised is done.',
  cancel_pending: 'It is to end: what was done for it is being undone.',
  refund_pending: 'It is taken back: its money is being given back.',
  cancelled: 'It has ended without being fulfilled.',
  refunded: 'It was taken back, and all of its money was given back.',
  on_hold: 'It is raised for a person.',
};

const ENDED: ReadonlySet<string> = new Set(['completed', 'cancelled', 'refunded']);

export function isEnded(status: string): boolean {
  return ENDED.has(status);
}

export function meaningOf(status: string): string {
  return MEANINGS[status] ?? status.replaceAll('_', ' ');
}

/** Why it ended: the message for people, or the code in words. */
export function reasonText(reason: { readonly code: string; readonly message?: string } | null): string | undefined {
  if (reason === null) return undefined;
  const code = reason.code.replaceAll('_', ' ');
  return reason.message === undefined ? `Because of: ${code}.` : `${reason.message.replace(/\.$/, '')} (${code}).`;
}
