/** Processes of growing number that consume one queue into one log, on the same cores: what they do together, and the memory of all. */
import pg from 'pg';
import { residentMb } from '../cpu.ts';
import type { Progress } from '../consume/counted.ts';
import { insertOrders, messagesOf, REGION, sendAll } from '../consume/messages.ts';
import { TABLES } from '../consume/statements.ts';
import { Child } from '../harness/child.ts';
import { openCluster } from '../harness/cluster.ts';
import type { Growth, GrowthPoint, Settings } from '../harness/row.ts';
import { until } from '../harness/until.ts';

const PER_SECOND = 5_000;

export async function growProcesses(sizes: readonly number[], { seconds, warmSeconds, tell }: Settings): Promise<Growth> {
  const cluster = await openCluster();
  const points: GrowthPoint[] = [];
  try {
    for (const size of sizes) {
      const databaseUrl = await cluster.database(`processes_${size}`);
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      await client.query(TABLES);
      await client.end();
      const queue = new Child(new URL('../consume/queue.ts', import.meta.url));
      const { url: awsUrl, queueUrl } = await queue.ask<{ url: string; queueUrl: string }>('start');
      const children = Array.from({ length: size }, () => new Child(new URL('../consume/ours.ts', import.meta.url), { AWS_ENDPOINT_URL: awsUrl, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }));
      for (const [index, child] of children.entries()) await child.ask('open', { databaseUrl, queueUrl, isFurther: index > 0 });
      for (const child of children) await child.ask('start');
      const done = async (): Promise<Progress> => {
        const all = await Promise.all(children.map((child) => child.ask<Progress>('progress')));
        return { done: all.reduce((sum, one) => sum + one.done, 0), lastAtMs: Math.max(...all.map(({ lastAtMs }) => lastAtMs)) };
      };
      const through = async (count: number): Promise<number> => {
        const messages = messagesOf(count);
        await insertOrders(messages, databaseUrl);
        const [{ done: before }, fromMs] = [await done(), performance.timeOrigin + performance.now()];
        await Promise.all([sendAll(messages, { awsUrl, queueUrl }), until(`${count} orders are fulfilled by ${size} processes`, async () => (await done()).done - before >= count)]);
        return (count * 1_000) / ((await done()).lastAtMs - fromMs);
      };
      await through(Math.ceil(PER_SECOND * warmSeconds));
      // By now each process has its share of the partitions.
      const perSecond = await through(Math.ceil(2 * PER_SECOND * seconds));
      points.push({ size, perSecond, memoryMb: children.reduce((sum, { pid }) => sum + residentMb(pid), 0) });
      tell(`${size} processes: ${JSON.stringify(points.at(-1))}`);
      for (const child of children) await child.ask('stop');
      for (const child of [...children, queue]) await child.end();
    }
  } finally {
    await cluster.stop();
  }
  return { id: 'processes', what: 'processes that consume one queue, on the same cores', rate: 'orders fulfilled per second, of all', points };
}
