/** The last minute of the whole service, and what it has come to: figures that are kept nowhere, so they are watched from here. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { api } from '../../api.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Series } from '../../parts/series.tsx';
import { Status } from '../../parts/status.tsx';
import { spanText } from '../../parts/moment-text.ts';

const EVERY_MS = 2_000;
/** Half an hour. */
const MOST_SAMPLES = 900;

interface Sample {
  readonly at: number;
  readonly eventsPerSecond: number;
  readonly errorPercent: number;
  readonly webhookPercent: number | null;
  readonly queueDepth: number;
  readonly lagSeconds: number;
}

export function Lately(): ReactNode {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const { data, error, refetch } = useQuery({
    queryKey: ['get', '/api/events/metrics'], refetchInterval: EVERY_MS, gcTime: 0,
    queryFn: async ({ signal }) => {
      const [{ data: figures }, { data: flow }, { data: stats }] = await Promise.all([api.GET('/api/events/metrics', { signal }), api.GET('/api/flow', { signal }), api.GET('/api/events/stats', { signal })]);
      if (figures === undefined || flow === undefined || stats === undefined) throw new Error('There was no answer.');
      const { errorRate, webhookDeliveryRate, eventsPerSecond, queueDepth, window, averageProcessingTime } = figures;
      const hasDeliveries = window.webhooksDelivered + window.webhooksGivenUp > 0;
      const lagSeconds = Math.max(0, ...flow.nodes.filter(({ kind }) => kind === 'extension' || kind === 'bus').map(({ lagSeconds: lag }) => lag ?? 0));
      const sample: Sample = { at: Date.now() / 1_000, eventsPerSecond, errorPercent: errorRate * 100, webhookPercent: hasDeliveries ? webhookDeliveryRate * 100 : null, queueDepth, lagSeconds };
      setSamples((before) => [...before, sample].slice(-MOST_SAMPLES));
      return { sample, window, averageProcessingTime, totalEvents: stats.totalEvents, processes: stats.processes };
    },
  });
  const fault = error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (fault !== false && data === undefined) return fault;
  if (data === undefined) return null;
  const { sample, window, averageProcessingTime, totalEvents, processes } = data;
  const times = samples.map(({ at }) => at);
  return (
    <>
      {fault}
      <dl className="figures">
        <Figure name="Events in the log" value={totalEvents.toLocaleString()} />
        <Figure name="Events a second" value={sample.eventsPerSecond.toFixed(1)} />
        <Figure name="Runs of handlers that failed" value={window.runs === 0 ? '–' : `${sample.errorPercent.toFixed(1)}%`} note={`${window.failedRuns.toLocaleString()} of ${window.runs.toLocaleString()}`} isBad={sample.errorPercent >= 5} />
        <Figure name="Time of a run" value={window.runs === 0 ? '–' : spanText(averageProcessingTime)} />
        <Figure name="Webhooks delivered" value={sample.webhookPercent === null ? '–' : `${sample.webhookPercent.toFixed(1)}%`} note={`${window.webhooksGivenUp.toLocaleString()} given up`} isBad={sample.webhookPercent !== null && sample.webhookPercent < 95} />
        <Figure name="Waiting" value={sample.queueDepth.toLocaleString()} />
        <Figure name="Behind" value={spanText(sample.lagSeconds * 1_000)} isBad={sample.lagSeconds > 60} />
        <Figure name="Processes" value={String(processes.length)} note={processes.map(({ roles }) => roles.join('+')).join(', ')} />
      </dl>
      {samples.length < 2
        ? <Empty title="Lines come as this view watches">These figures are of the last minute and are not kept; leave the view open to see how they go.</Empty>
        : (
          <div className="cards charts">
            <div className="card"><Series label="Events a second" unit="/s" times={times} lines={[{ name: 'events', tone: 'accent', values: samples.map(({ eventsPerSecond }) => round(eventsPerSecond)) }]} /></div>
            <div className="card"><Series label="Errors and webhooks" unit="%" times={times} lines={[{ name: 'runs that failed', tone: 'bad', values: samples.map(({ errorPercent }) => round(errorPercent)) }, { name: 'webhooks delivered', tone: 'good', values: samples.map(({ webhookPercent }) => (webhookPercent === null ? null : round(webhookPercent))) }]} /></div>
            <div className="card"><Series label="Waiting" unit="" times={times} lines={[{ name: 'jobs, events and deliveries', tone: 'warn', values: samples.map(({ queueDepth }) => queueDepth) }]} /></div>
            <div className="card"><Series label="How far the last reader is behind" unit="s" times={times} lines={[{ name: 'behind', tone: 'held', values: samples.map(({ lagSeconds }) => round(lagSeconds)) }]} /></div>
          </div>
        )}
    </>
  );
}

function Figure({ name, value, note, isBad = false }: { readonly name: string; readonly value: string; readonly note?: string; readonly isBad?: boolean }): ReactNode {
  return <div className="figure"><dt>{name}</dt><dd>{value} {isBad && <Status word="look" tone="warn" />}</dd>{note !== undefined && <dd className="soft figure-note">{note}</dd>}</div>;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
