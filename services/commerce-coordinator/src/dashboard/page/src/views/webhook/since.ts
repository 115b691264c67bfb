/** From when on: spans that one chooses. Pure. */
export const SPANS = [
  { span: 'all', text: 'at any time', ms: undefined }, { span: '15m', text: 'in the last 15 minutes', ms: 900_000 }, { span: '1h', text: 'in the last hour', ms: 3_600_000 },
  { span: '12h', text: 'in the last 12 hours', ms: 43_200_000 }, { span: '1d', text: 'in the last day', ms: 86_400_000 }, { span: '7d', text: 'in the last 7 days', ms: 604_800_000 },
] as const;

export type Span = (typeof SPANS)[number]['span'];

/** Before anything there is. */
const BEGINNING = '2000-01-01T00:00:00.000Z';

/** ISO 8601. */
export function sinceOf(span: Span, nowMs: number): string {
  const ms = SPANS.find((one) => one.span === span)?.ms;
  return ms === undefined ? BEGINNING : new Date(nowMs - ms).toISOString();
}
