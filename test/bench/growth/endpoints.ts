/** Webhook endpoints of growing number, all of which hear everything: the same number of deliveries is spread over more of them. */
import { residentMb } from '../cpu.ts';
import { Child } from '../harness/child.ts';
import type { Growth, GrowthPoint, Settings } from '../harness/row.ts';
import { Receiving } from '../webhooks/receiving.ts';

export async function growEndpoints(sizes: readonly number[], { seconds, tell }: Settings): Promise<Growth> {
  const deliveries = Math.max(sizes.at(-1) ?? 0, Math.ceil(2_000 * seconds));
  const receiving = await Receiving.start();
  const ours = new Child(new URL('../webhooks/ours-process.ts', import.meta.url));
  const points: GrowthPoint[] = [];
  try {
    await ours.ask('open');
    for (const size of [sizes[0] ?? 1, ...sizes]) {
      await ours.ask('reset');
      for (let at = 0; at < size; at += 1) await ours.ask('register', `${receiving.url}/e${at}`);
      await receiving.take();
      const messages = Math.ceil(deliveries / size);
      const startedAtMs = performance.now();
      await ours.ask('append', messages);
      await receiving.until(messages * size);
      await ours.ask('settled');
      const tookMs = performance.now() - startedAtMs;
      points.push({ size, perSecond: (messages * size * 1_000) / tookMs, memoryMb: residentMb(ours.pid) });
      tell(`${size} endpoints: ${JSON.stringify(points.at(-1))}`);
    }
    await ours.ask('stop');
  } finally {
    await ours.end();
    receiving.stop();
  }
  // The first warmed up.
  return { id: 'webhook-endpoints', what: 'webhook endpoints that hear everything', rate: 'deliveries per second', points: points.slice(1) };
}
