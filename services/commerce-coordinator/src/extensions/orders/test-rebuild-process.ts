/** A process that carries out rebuilds of orders, for a test that kills it. Its arguments: the database URL, and where it waits to be killed (`fill`, `swap`) or `nowhere`. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RegisteredMap } from '@commerce/event-log/readers';
import { startReplayRunner } from '@commerce/event-log/replay-runner';
import { startTestCoordinator } from '../../test-coordinator.ts';
import { rebuildOf } from './test-rebuild.ts';
import type { Rebuild } from './test-rebuild.ts';

const [url = '', at = 'nowhere'] = process.argv.slice(2);
const cc = await startTestCoordinator({ DATABASE_URL: url });
const steps = rebuildOf(cc.log);
const killed = async (): Promise<never> => {
  process.send?.('waits');
  return delay(60_000) as Promise<never>;
};
const slow: Rebuild = {
  ...steps,
  swap: (request) => steps.swap({
    ...request,
    done: async (tx, ...rest) => {
      await request.done(tx, ...rest);
      if (at === 'swap') await killed();
    },
  }),
};
startReplayRunner({
  log: cc.log, map: {} as RegisteredMap, ports: {}, rebuilds: new Map([['orders', slow]]), holder: randomUUID(), holdMs: 600, lagMs: () => 0, monotonicMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: () => undefined },
  faults: { hit: async () => (at === 'fill' ? killed() : undefined) },
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
