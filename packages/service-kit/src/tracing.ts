/**
 * Traces in the way of OpenTelemetry, sent to a collector by OTLP over HTTP in JSON.
 *
 * Promise: without an endpoint nothing of OpenTelemetry is loaded and nothing is called. Spans wait in a bounded queue and are sent
 * in the background: a collector that is slow, gone or broken costs spans, never a request. Whether a trace is kept was decided by
 * whoever began it: the flag of its traceparent is obeyed.
 * Refuses: to be a tracer for everything. A span is told when it is over, by its names, its parent and its times.
 */
import type { Context, SpanContext } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from './logging.ts';

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Something that is over. */
export interface SpanRecord {
  /** Of few different values: `POST /orders`, `payments.charge`. */
  readonly name: string;
  readonly kind: SpanKind;
  /** The traceparent of what it is part of; without one it begins a trace. */
  readonly parent: string | undefined;
  /** 16 hex digits; random when left out. */
  readonly spanId?: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Why it failed, a short constant; left out when it did not. */
  readonly error?: string | undefined;
}

/** Something that goes on. */
export interface OpenSpan {
  /** For what it causes. */
  readonly traceparent: string;
  /** Says that what another trace tells stands behind this one; nothing for what is no traceparent. Before the end. */
  link(traceparent: string): void;
  end(over: Pick<SpanRecord, 'attributes' | 'error'>): void;
}

export interface Tracing {
  record(span: SpanRecord): void;
  /** Begins now. */
  begin(span: Pick<SpanRecord, 'name' | 'kind' | 'parent'>): OpenSpan;
  /** Sends what waits, for 5 s at most, and ends. */
  stop(): Promise<void>;
}

export interface TracingOptions {
  /** Name of the service. */
  readonly name: string;
  readonly version: string;
  /** Address of the collector, to which `/v1/traces` is added; further settings come from the variables that start with OTEL_EXPORTER_OTLP_. */
  readonly endpoint: string;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
}

const QUEUE = 8_192;
const SEND_EVERY_MS = 500;
const TIMEOUT_MS = 5_000;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Loads what it needs now. */
export async function openTracing({ name, version, endpoint, nowMs, logger }: TracingOptions): Promise<Tracing> {
  const [api, { BatchSpanProcessor, RandomIdGenerator, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'), import('@opentelemetry/sdk-trace'), import('@opentelemetry/exporter-trace-otlp-http'), import('@opentelemetry/resources'),
  ]);
  const random = new RandomIdGenerator();
  /** The id of the next span; `startSpan` asks for it at once. */
  let nextId: string | undefined;
  const generateSpanId = (): string => nextId ?? random.generateSpanId();
  const exporter = telling(new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: TIMEOUT_MS }), logger);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.version': version }),
    idGenerator: { generateTraceId: () => random.generateTraceId(), generateSpanId },
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: QUEUE, scheduledDelayMillis: SEND_EVERY_MS, exportTimeoutMillis: TIMEOUT_MS })],
  });
  const tracer = provider.getTracer(name, version);
  const kinds = { server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT, producer: api.SpanKind.PRODUCER, consumer: api.SpanKind.CONSUMER, internal: api.SpanKind.INTERNAL };
  const within = (parent: string | undefined): Context => {
    const context = parent === undefined ? undefined : contextOf(parent);
    return context === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, context);
  };
  const start = ({ name: spanName, kind, parent, spanId, startMs }: Pick<SpanRecord, 'name' | 'kind' | 'parent' | 'spanId' | 'startMs'>) => {
    nextId = spanId;
    const span = tracer.startSpan(spanName, { kind: kinds[kind], startTime: startMs }, within(parent));
    nextId = undefined;
    return {
      context: span.spanContext(),
      link: (traceparent: string): void => {
        const context = contextOf(traceparent);
        if (context !== undefined) span.addLink({ context });
      },
      end: ({ attributes, error }: Pick<SpanRecord, 'attributes' | 'error'>, endMs: number): void => {
        span.setAttributes(attributes);
        if (error !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
        span.end(Math.max(startMs, endMs));
      },
    };
  };
  return {
    record: (span) => start(span).end(span, span.endMs),
    begin(span) {
      const begun = start({ ...span, startMs: nowMs() });
      return { traceparent: traceparentOf(begun.context), link: begun.link, end: (over) => begun.end(over, nowMs()) };
    },
    stop: () => Promise.race([provider.shutdown(), ended(TIMEOUT_MS)]).catch(() => undefined),
  };
}

/** Undefined for what is no traceparent. */
function contextOf(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The same exporter; its first failure in a row is logged. */
function telling(exporter: SpanExporter, logger: Pick<Logger, 'warn'>): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) => exporter.export(spans, (result) => {
      if (result.error !== undefined && !failing) logger.warn({ err: result.error, count: spans.length }, 'spans could not be sent to the collector and are lost');
      failing = result.error !== undefined;
      done(result);
    }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush !== undefined && { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}

function ended(afterMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, afterMs).unref());
}
