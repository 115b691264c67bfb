/** Figures over time: orders, how long they take, what fails; and the last minute, as it goes. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { Empty } from '../../parts/empty.tsx';
import { useNowMs } from '../../parts/now.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Series } from '../../parts/series.tsx';
import type { SeriesProps } from '../../parts/series.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { Lately } from './lately.tsx';
import { isEmpty, isRange, perMinute, RANGES, seconds, timesOf, USUAL_RANGE, valuesOf } from './ranges.ts';
import type { Point, RangeName } from './ranges.ts';
import { useMeasures } from './use-series.ts';
import './metrics.css';

/** What is drawn, out of which measures: event types and steps of the analytics. */
const STEP = 'accepted_to_completed';
const STEPS = [['accepted_to_paid', 'to paid', 'accent'], ['paid_to_fulfilled', 'to fulfilled', 'good'], ['fulfilled_to_completed', 'to completed', 'held']] as const;
const FAILURES = [['OrderCancelled', 'orders cancelled', 'warn'], ['PaymentFailed', 'payments failed', 'bad'], ['FulfillmentFailed', 'fulfilments failed', 'held']] as const;
const MEASURES = ['OrderCreated', 'OrderCompleted', STEP, ...STEPS.map(([measure]) => measure), ...FAILURES.map(([measure]) => measure)];

export function MetricsView(): ReactNode {
  const [given, setRange] = useQueryText('range', USUAL_RANGE);
  const range: RangeName = isRange(given) ? given : USUAL_RANGE;
  return (
    <>
      <div className="spread">
        <h1>Metrics</h1>
        <div className="row" role="group" aria-label="Stretch of time">
          {(Object.keys(RANGES) as RangeName[]).map((one) => <button key={one} type="button" className="button small" aria-pressed={one === range} onClick={() => setRange(one)}>{RANGES[one].name}</button>)}
        </div>
      </div>
      <section className="stack" aria-labelledby="over-time">
        <h2 id="over-time">Orders over time</h2>
        <OverTime range={range} />
      </section>
      <section className="stack" aria-labelledby="last-minute">
        <h2 id="last-minute">The last minute, as it goes</h2>
        <Lately />
      </section>
    </>
  );
}

function OverTime({ range }: { readonly range: RangeName }): ReactNode {
  const nowMs = useNowMs();
  const { points, problem, isPending } = useMeasures(MEASURES, range);
  if (problem !== null) return <ProblemNote problem={problem} />;
  if (isPending) return <Waiting />;
  const times = timesOf(range, nowMs);
  const counts = (measure: string): (number | null)[] => valuesOf(points.get(measure) ?? [], times, perMinute(range), 0);
  const spans = (measure: string, of: (point: Point) => number | null): (number | null)[] => valuesOf(points.get(measure) ?? [], times, (point) => seconds(of(point)), null);
  const charts: SeriesProps[] = [
    { label: 'Orders a minute', unit: '/min', times, lines: [{ name: 'placed', tone: 'accent', values: counts('OrderCreated') }, { name: 'completed', tone: 'good', values: counts('OrderCompleted') }] },
    { label: 'From placed to completed', unit: 's', times, lines: [{ name: 'p95', tone: 'warn', values: spans(STEP, ({ p95Ms }) => p95Ms) }, { name: 'p50', tone: 'accent', values: spans(STEP, ({ p50Ms }) => p50Ms) }] },
    { label: 'Time of each step, p95', unit: 's', times, lines: STEPS.map(([measure, name, tone]) => ({ name, tone, values: spans(measure, ({ p95Ms }) => p95Ms) })) },
    { label: 'What failed, a minute', unit: '/min', times, lines: FAILURES.map(([measure, name, tone]) => ({ name, tone, values: counts(measure) })) },
  ];
  if (charts.every(({ lines }) => isEmpty(lines.map(({ values }) => values)))) {
    return <Empty title="No orders in this stretch of time">Choose a longer one, or <Link href="/shop">place an order</Link>; a window is drawn when it is over, after {RANGES[range].window === '10s' ? '10 seconds' : RANGES[range].window === '1m' ? 'a minute' : 'an hour'}.</Empty>;
  }
  return <div className="cards charts">{charts.map((chart) => <div className="card" key={chart.label}><Series {...chart} /></div>)}</div>;
}
