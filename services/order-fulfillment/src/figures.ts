/** The figures of this service: what its processes count, and what the database knows of its log. Asked for when somebody scrapes, and once a minute for the log file. */
import { countEvents, readLogFigures } from '@commerce/event-log/log-figures';
import { figuresLine, logMetrics, runMetrics } from '@commerce/event-log/log-metrics';
import type { LogObserver } from '@commerce/event-log/observer';
import { RunFigures } from '@commerce/event-log/run-figures';
import { alwaysSaid } from '@commerce/service-kit/logging';
import type { Logger } from '@commerce/service-kit/logging';
import { Distributions, processFigures, requestFigures } from '@commerce/service-kit/metrics';
import type { FigureSource } from '@commerce/service-kit/metrics';
import type { Ports } from '@commerce/service-kit/ports';
import type { RequestFigures } from '@commerce/service-kit/request-figures';
import type { Job } from '@commerce/signals/jobs';
import type { Pool } from 'pg';

export interface Figures {
  /** For the readers of this process. */
  readonly observer: LogObserver;
  readonly requests: RequestFigures;
  readonly sources: readonly FigureSource[];
  readonly jobs: readonly Job[];
}

const LINE_EVERY_MS = 60_000;

export function openFigures({ pool, logger, ports: { clock } }: { readonly pool: Pool; readonly logger: Logger; readonly ports: Pick<Ports, 'clock'> }): Figures {
  const durations = new Distributions();
  const runs = new RunFigures({
    monotonicMs: () => clock.monotonicMs(), onRun: (handler, type, seconds) => durations.add(`${handler} ${type}`, () => ({ handler, type }), seconds),
  });
  const requests = requestFigures();
  const figuresLogger = alwaysSaid(logger);
  return {
    observer: runs.observer,
    requests,
    sources: [
      requests.source, processFigures,
      () => [...runMetrics(runs.counts()), durations.figure('commerce_handler_seconds', 'Time of a run of a handler in this process, by handler and type of event; of a handler in the database that of its batch.')],
      async () => logMetrics(await readLogFigures(pool), await countEvents(pool)),
    ],
    jobs: [{
      name: 'monitoring.figures', everyMs: LINE_EVERY_MS,
      run: async () => {
        figuresLogger.info(figuresLine(await readLogFigures(pool), runs.window()), 'figures');
        return false;
      },
    }],
  };
}
