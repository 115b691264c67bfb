/**
 * What every publisher promises, whatever its bus: this suite runs over each of them. What only one bus has stands in the test of its
 * adapter.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { toEnvelope } from '@commerce/event-log/event';
import { systemSleep } from '@commerce/service-kit/ports';
import type { BusPublisher, PublishingOptions, PublishRefusal } from '../src/publisher.ts';
import { stored } from './events.ts';
import { keepLines } from './logger.ts';

/** A bus of a test's own, which can be made to go away. */
export interface PublisherLab {
  open(options: PublishingOptions): BusPublisher;
  /** What the bus has taken, parsed, once there are `count`; more only where it took some twice. */
  taken(count: number): Promise<unknown[]>;
  /** From now on the bus cannot be reached. */
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

export interface PublishingBus {
  readonly lab: () => Promise<PublisherLab>;
  /** An event that this bus refuses for good, and with which code. */
  readonly refused: () => StoredEvent;
  readonly refusedCode: string;
}

export function describePublisher(name: string, { lab: open, refused, refusedCode }: PublishingBus): void {
  describe(name, () => {
    const running: (() => Promise<unknown> | void)[] = [];
    afterEach(async () => {
      for (const close of running.splice(0).reverse()) await close();
    }, 30_000);

    interface Opened extends PublisherLab {
      readonly refusals: PublishRefusal[];
      readonly lines: ReturnType<typeof keepLines>['lines'];
      publisher(options?: Partial<PublishingOptions>): BusPublisher;
    }

    async function lab(): Promise<Opened> {
      const bus = await open();
      running.push(() => bus.close());
      const refusals: PublishRefusal[] = [];
      const logger = keepLines();
      return {
        ...bus, refusals, lines: logger.lines,
        publisher: (options = {}) => {
          const publisher = bus.open({ sleep: systemSleep, random: Math.random, logger, backoff: { baseMs: 1, maxMs: 4 }, undeliverable: async (some) => void refusals.push(...some), ...options });
          running.push(() => publisher.close());
          return publisher;
        },
      };
    }

    const never = new AbortController().signal;
    const events = (count: number): StoredEvent[] => Array.from({ length: count }, () => stored());
    const byId = (given: readonly unknown[]): unknown[] => (given as { eventId: string }[]).toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));

    test('only own events are wanted', async () => {
      const publisher = (await lab()).publisher();
      expect(publisher.wants(stored({ origin: 'own' }))).toBe(true);
      expect(publisher.wants(stored({ origin: 'foreign' }))).toBe(false);
    });

    test('every event reaches the bus in its envelope', async () => {
      const it = await lab();
      const batch = events(45);
      const publisher = it.publisher();
      await publisher.handle(batch, never);
      expect(byId(await it.taken(45))).toEqual(byId(batch.map(toEnvelope)));
      expect(publisher.stats()).toMatchObject({ published: 45, retried: 0, failures: 0, undeliverable: 0 });
    });

    test('a definite refusal is tried a bounded number of times, then kept with its reason, while the rest is published', async () => {
      const it = await lab();
      const bad = refused();
      const good = events(29);
      const publisher = it.publisher({ refusedTries: 3 });
      await publisher.handle([...good.slice(0, 4), bad, ...good.slice(4)], never);
      expect(byId(await it.taken(29))).toEqual(byId(good.map(toEnvelope)));
      expect(it.refusals).toMatchObject([{ event: { eventId: bad.eventId }, code: refusedCode }]);
      expect(publisher.stats()).toMatchObject({ published: 29, failures: 3, retried: 2, undeliverable: 1 });
      expect(it.lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { eventId: bad.eventId, code: refusedCode } }]);
    });

    test('the batch does not count as handed on before the refusals are kept', async () => {
      const it = await lab();
      const publisher = it.publisher({
        refusedTries: 1,
        undeliverable: async () => {
          throw new Error('the database is away');
        },
      });
      await expect(publisher.handle([refused()], never)).rejects.toThrow('the database is away');
      expect(publisher.stats().undeliverable).toBe(0);
    });

    test('a bus that cannot be reached gives the batch back, and takes it when it is there again', async () => {
      const it = await lab();
      const publisher = it.publisher();
      await publisher.see();
      await it.away();
      const batch = events(40);
      await expect(publisher.handle(batch, never)).rejects.toThrow('The bus cannot be reached');

      const late = it.publisher();
      await late.start();
      expect(it.lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'the bus is not to be seen yet; nothing is published before it is' }));
      await expect(late.see()).rejects.toThrow('could not be seen');

      const stop = new AbortController();
      const handled = publisher.handle(batch, stop.signal);
      const startedAt = performance.now();
      setTimeout(() => stop.abort(new Error('stopping')), 5);
      await expect(handled).rejects.toThrow('stopping');
      expect(performance.now() - startedAt).toBeLessThan(2_000);

      await it.back();
      await publisher.handle(batch, never);
      await late.see();
      expect(new Set(((await it.taken(40)) as { eventId: string }[]).map(({ eventId }) => eventId))).toEqual(new Set(batch.map(({ eventId }) => eventId)));
      expect(it.refusals).toEqual([]);
    });
  });
}
