/**
 * `GET /metrics` in the text format of Prometheus, with the scope `metrics:read`: Prometheus gets its token by its own `oauth2`.
 *
 * Promise: figures are asked for when somebody scrapes, and once for all who scrape at the same time. What cannot be had then is left
 * out and counted in `commerce_metrics_faults`; the other figures are answered. The library that writes the format is loaded with the
 * first scrape.
 * Refuses: labels of which it cannot be said beforehand what they may be (ids, addresses, texts). Whoever gives figures answers for that.
 */
import { z } from 'zod';
import type { HttpApp } from './http-server.ts';
import type { Logger } from './logging.ts';
import type { RequestFigures } from './request-figures.ts';

export type Labels = Readonly<Record<string, string>>;

interface Named {
  /** `commerce_…`, with its unit: `_seconds`, `_bytes`; `_total` for a counter. */
  readonly name: string;
  readonly help: string;
}

/** A count since the start of the process, or a value of now. */
export interface PlainFigure extends Named {
  readonly kind: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

export interface HistogramFigure extends Named {
  readonly kind: 'histogram';
  readonly distributions: readonly { readonly labels: Labels; readonly distribution: Distribution }[];
}

export type Figure = PlainFigure | HistogramFigure;
export type FigureSource = () => readonly Figure[] | Promise<readonly Figure[]>;

/** Upper bounds of the buckets of every histogram, in seconds. */
export const BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How many values fell into each bucket; the last one is for what is above all bounds. */
export class Distribution {
  readonly #counts = new Float64Array(BOUNDS_SECONDS.length + 1);
  #count = 0;
  #sum = 0;

  add(seconds: number): void {
    const index = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const place = index === -1 ? BOUNDS_SECONDS.length : index;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#count += 1;
    this.#sum += seconds;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** By upper bound: how many values are not above it. */
  *upTo(): Generator<readonly [bound: string, count: number]> {
    let total = 0;
    for (const [index, bound] of BOUNDS_SECONDS.entries()) {
      total += this.#counts[index] ?? 0;
      yield [String(bound), total];
    }
    yield ['+Inf', this.#count];
  }
}

export interface MetricsOptions {
  readonly sources: readonly FigureSource[];
  readonly logger: Pick<Logger, 'warn'>;
}

export const METRICS_SCOPE = 'metrics:read';

export function addMetricsRoute(app: HttpApp, { sources, logger }: MetricsOptions): void {
  let running: Promise<{ text: string; type: string }> | undefined;
  const scrape = () => (running ??= render(sources, logger).finally(() => (running = undefined)));
  app.get('/metrics', {
    config: { scope: METRICS_SCOPE },
    schema: {
      operationId: 'readMetrics', summary: 'Read all figures in the text format of Prometheus', tags: ['monitoring'],
      response: { 200: { description: 'The figures of this process, and those of the database, which are the same from every process.', content: { 'text/plain': { schema: z.string() } } } },
    },
  }, async (_request, reply) => {
    const { text, type } = await scrape();
    return reply.type(type).send(text);
  });
}

async function render(sources: readonly FigureSource[], logger: Pick<Logger, 'warn'>): Promise<{ text: string; type: string }> {
  const asked = await Promise.allSettled(sources.map(async (source) => source()));
  const figures = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const faults = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  for (const error of faults) logger.warn({ err: error }, 'some figures could not be had and are left out of this answer');
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const all: readonly Figure[] = [...figures, { kind: 'gauge', name: 'commerce_metrics_faults', help: 'Groups of figures that could not be had for this answer.', samples: [{ labels: {}, value: faults.length }] }];
  for (const figure of all) {
    if (figure.kind === 'histogram') {
      registry.registerMetric(histogramOf(figure) as unknown as InstanceType<typeof Gauge>);
      continue;
    }
    const { name, help, samples } = figure;
    const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
    if (figure.kind === 'gauge') {
      const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
      for (const { labels, value } of samples) gauge.set(labels, value);
    } else {
      const counter = new Counter({ name, help, labelNames, registers: [registry] });
      for (const { labels, value } of samples) counter.inc(labels, value);
    }
  }
  return { text: await registry.metrics(), type: registry.contentType };
}

/** As the registry asks a histogram for its values. The one of the library can only be told values one by one. */
function histogramOf({ name, help, distributions }: HistogramFigure) {
  const values = distributions.flatMap(({ labels, distribution }) => [
    ...[...distribution.upTo()].map(([le, value]) => ({ metricName: `${name}_bucket`, labels: { ...labels, le }, value })),
    { metricName: `${name}_sum`, labels, value: distribution.sum },
    { metricName: `${name}_count`, labels, value: distribution.count },
  ]);
  return { name, get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values }) };
}

/** One distribution for each set of labels. */
export class Distributions {
  readonly #byKey = new Map<string, { readonly labels: Labels; readonly distribution: Distribution }>();

  /** `key` stands for the labels, which are made once. */
  add(key: string, labels: () => Labels, seconds: number): void {
    let one = this.#byKey.get(key);
    if (one === undefined) this.#byKey.set(key, (one = { labels: labels(), distribution: new Distribution() }));
    one.distribution.add(seconds);
  }

  figure(name: string, help: string): HistogramFigure {
    return { kind: 'histogram', name, help, distributions: [...this.#byKey.values()] };
  }
}

/** Counts answers by route and status; the routes are those that there are. */
export function requestFigures(): RequestFigures & { readonly figure: () => HistogramFigure; readonly source: FigureSource } {
  const byRoute = new Distributions();
  const figure = (): HistogramFigure => byRoute.figure('commerce_http_request_seconds', 'Time from the head of a request to the end of its answer, by route and status.');
  return {
    figure,
    answered: ({ method, route, status, seconds }) => byRoute.add(`${method} ${route} ${status}`, () => ({ method, route, status: String(status) }), seconds),
    source: () => [figure()],
  };
}

/** What the process takes of its machine. */
export function processFigures(): readonly Figure[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, help: string, value: number): Figure => ({ kind: 'gauge', name, help, samples: [{ labels: {}, value }] });
  return [
    { kind: 'counter', name: 'process_cpu_seconds_total', help: 'CPU time of this process.', samples: [{ labels: {}, value: (user + system) / 1_000_000 }] },
    gauge('process_resident_memory_bytes', 'Memory of this process.', rss),
    gauge('nodejs_heap_used_bytes', 'Memory that JavaScript holds.', heapUsed),
    gauge('process_uptime_seconds', 'Time since this process began.', process.uptime()),
    gauge('nodejs_eventloop_utilization', 'Share of time since the start in which the thread was busy.', performance.eventLoopUtilization().utilization),
  ];
}
