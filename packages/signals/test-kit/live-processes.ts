/** For tests of the way between live buses: processes of one bus each, and waits for what they hear. */
import { setTimeout as delay } from 'node:timers/promises';
import { publishedCatalogue } from '@commerce/events/entries/all';
import { uuid7 } from '@commerce/events/uuid7';
import { EVENT_TYPES } from '../src/live-bus/event-types.ts';
import { createLiveBus } from '../src/live-bus/live-bus.ts';
import type { LiveBus } from '../src/live-bus/live-bus.ts';
import type { OpenChannel, Relay } from '../src/live-bus/relay.ts';
import type { SystemEvent } from '../src/live-bus/system-event.ts';

/** One process. */
export interface Process {
  readonly live: LiveBus;
  readonly relay: Relay;
  /** What it heard, of itself too. */
  readonly seen: SystemEvent[];
  readonly warned: string[];
  /** From now on it hears only this, or nothing. */
  hear(wanted?: string): void;
  /** Its clock goes on by so much at once. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

const running = new Set<Process>();

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((process) => process.stop()));
}

export function startProcess(open: OpenChannel, maxWaiting?: number): Process {
  const warned: string[] = [];
  let aheadMs = 0;
  const live = createLiveBus({
    entries: publishedCatalogue.entries, source: 'shop', workerId: uuid7(Date.now()), historySize: 100, emissionTimeoutMs: 500, queueSize: 100_000, nowMs: Date.now, monotonicMs: () => performance.now() + aheadMs,
    uuid: () => uuid7(Date.now()), sleep: (ms, signal) => delay(ms, undefined, { signal }), logger: { warn: (_fields, message) => void warned.push(message) },
  });
  const seen: SystemEvent[] = [];
  const listen = (wanted: string): (() => void) => live.bus.subscribe(wanted, (event) => void seen.push(event));
  let stopHearing = listen('*');
  const relay = live.startRelay(open, maxWaiting === undefined ? {} : { maxWaiting });
  const process: Process = {
    live, relay, seen, warned,
    hear(wanted) {
      stopHearing();
      if (wanted !== undefined) stopHearing = listen(wanted);
    },
    advance: (ms) => void (aheadMs += ms),
    async stop() {
      if (!running.delete(process)) return;
      await relay.stop();
      live.bus.close();
    },
  };
  running.add(process);
  return process;
}

/** Waits at most 30 s. */
export async function until(what: string, reached: () => boolean): Promise<void> {
  for (const end = performance.now() + 30_000; !reached(); await delay(3)) if (performance.now() > end) throw new Error(`It did not come in time: ${what}.`);
}
/** One that is alone is connected; of several, each knows of another one as well, for it tells nothing while it is alone. */
export const connected = (...processes: Process[]): Promise<void> =>
  until('all are connected', () => processes.every(({ relay }) => relay.stats().connected && (processes.length === 1 || relay.stats().hasOthers)));
export const disconnected = (...processes: Process[]): Promise<void> => until('all are disconnected', () => processes.every(({ relay }) => !relay.stats().connected));
export const emit = ({ live }: Process, n: number, more: object = {}): void => void live.emitEvent(live.createEvent(EVENT_TYPES.ORDER_CREATED, { orderId: String(n), ...more }, { userId: 'user_456' }));
export const idsOf = ({ seen }: Process): string[] => seen.map(({ data }) => String(data['orderId']));
export const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => String(from + n));

export const sleep = (ms: number, signal?: AbortSignal): Promise<void> => delay(ms, undefined, signal === undefined ? {} : { signal });
