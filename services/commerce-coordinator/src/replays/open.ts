/** Opens replays: their routes where requests are answered, and what carries them out where the log is read. */
import type { BusPublisher } from '@commerce/bus/publisher';
import type { StoredEvent } from '@commerce/event-log/event';
import { createRebuild } from '@commerce/event-log/rebuild';
import type { Readers, RegisteredMap } from '@commerce/event-log/readers';
import { startReplayRunner } from '@commerce/event-log/replay-runner';
import type { ReplayRunner } from '@commerce/event-log/replay-runner';
import type { StreamReader } from '@commerce/event-log/stream';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { askingOf } from '../extensions/webhooks/asking.http.ts';
import { deliverAgain, deliveriesPlanner, isEndpointOf } from '../extensions/webhooks/replaying.ts';
import type { Offered } from '../offered.ts';
import { addReplayRoutes } from './replays.http.ts';
import type { ReplayRoutes } from './replays.http.ts';

/** Of an order far fewer tell. */
const MOST_OF_A_SUBJECT = 100_000;

export interface OpenReplays {
  /** Carries them out in this process too. */
  carryOut(options: CarryOut): ReplayRunner;
}

export interface CarryOut {
  readonly map: RegisteredMap;
  readonly readers: Pick<Readers, 'state'>;
  readonly publisher: Publisher;
  /** Is this event one of those that are published? */
  readonly isPublished: (event: StoredEvent) => boolean;
}

/** The publisher of the bus; one that a test puts in its place may not publish anything again. */
export type Publisher = StreamReader & Partial<Pick<BusPublisher, 'republish'>>;

type Given = Pick<Offered, 'log' | 'pool' | 'cursors' | 'heardBy' | 'isApi' | 'logger' | 'ports'> & { readonly extensions: readonly ExtensionDefinition[]; readonly everywhere: readonly string[] };

export function openReplays(app: HttpApp, { log, pool, cursors, heardBy, isApi, logger, ports, extensions, everywhere }: Given): OpenReplays {
  const projections = extensions.flatMap(({ projections: some = [] }) => some);
  const hasWebhooks = extensions.some(({ name }) => name === 'webhooks');
  const knowsEndpoint: ReplayRoutes['knowsEndpoint'] = async (request, endpointId) => hasWebhooks && isEndpointOf(pool, endpointId, askingOf(request));
  const historyOf = (subject: string): Promise<StoredEvent[]> => log.history(subject, MOST_OF_A_SUBJECT);
  const monotonicMs = (): number => ports.clock.monotonicMs();
  let runner: ReplayRunner | undefined;
  if (isApi) addReplayRoutes(app, { log, cursors, heardBy, uuid: ports.uuid, projections: projections.map(({ name }) => name), knowsEndpoint, wake: () => runner?.wake() });
  return {
    carryOut({ map, readers, publisher, isPublished }) {
      const { republish } = publisher;
      runner = startReplayRunner({
        log, map, logger, holder: ports.uuid(), sleep: ports.sleep, faults: ports.faults, monotonicMs,
        rebuilds: new Map(projections.map((projection) => [projection.name, createRebuild({ pool, log, projection, sleep: ports.sleep, monotonicMs })])),
        ports: {
          isPublished,
          watchers: new Set(everywhere.map((handler) => handler.slice(0, handler.indexOf('.')))),
          deliveriesOf: hasWebhooks ? deliveriesPlanner(log) : undefined,
          deliverAgain: hasWebhooks ? (tx, to, events) => deliverAgain(tx, { ...to, nowMs: log.preparer.nowMs(), historyOf }, events) : undefined,
          republish: republish === undefined ? undefined : (events, resource, signal) => republish(events, signal, resource),
        },
        // One that stands still waits for nobody.
        lagMs: () => Math.max(0, ...readers.state().filter(({ fault }) => fault === null).map(({ lagMs }) => lagMs)),
      });
      return runner;
    },
  };
}
