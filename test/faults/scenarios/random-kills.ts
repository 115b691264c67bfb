/** Kills at random moments under load: of both services, each drawn from the seed. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../scene.ts';
import { kill, whenReady } from '../world.ts';

/** A service that is ready dies within this time: long enough to be in the middle of work, however long it took to start. */
const READY_WITHIN_MS = 4_000;
/** Share of kills that meet a service on its way up. */
const EARLY_SHARE = 0.2;
const EARLY_WITHIN_MS = 500;
const ORDER_EVERY_MS = 500;

/** So many kills in all. */
export function randomKills(count: number): Scenario {
  return {
    id: `R${count}`, name: `${count} kills at random, under load`, faultClass: 'random kills', limitMs: 180_000,
    async act(scene) {
      const { world, random } = scene;
      // A message that dies with its receiver again and again is no poison: each kill may cost it one delivery.
      await world.queue.setMaxReceives(world.maxReceives + count);
      scene.afterwards(() => world.queue.setMaxReceives(world.maxReceives));
      const [endsBefore, early] = [world.ended.length, { count: 0 }];
      const left = { cc: Math.ceil(count / 2), of: Math.floor(count / 2) };
      const killing = Promise.all((['cc', 'of'] as const).map(async (service) => {
        for (; left[service] > 0; left[service] -= 1) {
          const isEarly = random() < EARLY_SHARE;
          if (!isEarly) await whenReady(world, service);
          await wait(random() * (isEarly ? EARLY_WITHIN_MS : READY_WITHIN_MS));
          if (world.process(service).pid === undefined) await whenReady(world, service);
          if (!world.process(service).isReady) early.count += 1;
          await kill(world, service);
        }
        await whenReady(world, service);
      }));
      await scene.placeUntil(killing, ORDER_EVERY_MS);
      const seen = world.ended.slice(endsBefore).filter(({ how }) => how === 'SIGKILL').length;
      if (seen < count) throw new Error(`of ${count} kills ${seen} were seen by the supervisor`);
      scene.note(`${early.count} of ${count} met a service on its way up`);
      scene.ended();
    },
  };
}
