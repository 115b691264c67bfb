/** Which calls a step made. Pure. */

/** A run of a handler: for which event, at which attempt. */
export interface Run {
  readonly eventId: string;
  readonly handler: string;
  readonly attempt: number;
}

export function callsOf<Call extends Run>(calls: readonly Call[], run: Run): readonly Call[] {
  return calls.filter(({ eventId, handler, attempt }) => eventId === run.eventId && handler === run.handler && attempt === run.attempt);
}

interface Step {
  readonly item?: { readonly eventId: string; readonly causationId: string | null; readonly origin: 'own' | 'foreign'; readonly handler: string | null; readonly attempt: number | null };
  readonly run?: { readonly handler: string; readonly attempt: number };
}

/** The run that a step was, or by which its event was told; undefined where no run of a handler here was it. */
export function runOf({ item, run }: Step): Run | undefined {
  if (item === undefined) return undefined;
  // An attempt that failed stands with the event that it was made for.
  if (run !== undefined) return { eventId: item.eventId, handler: run.handler, attempt: run.attempt };
  const { origin, handler, attempt, causationId } = item;
  return origin === 'own' && handler !== null && attempt !== null && causationId !== null ? { eventId: causationId, handler, attempt } : undefined;
}
