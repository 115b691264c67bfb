/** A log of growing size: how fast events are appended to it, published from it, and what memory the process has that does so. */
import { MIGRATIONS } from '@commerce/event-log/schema';
import pg from 'pg';
import { residentMb } from '../cpu.ts';
import { Child } from '../harness/child.ts';
import { openCluster } from '../harness/cluster.ts';
import type { Growth, Settings } from '../harness/row.ts';
import { fillLog } from '../history/fill.ts';

const FILL = 500;

/** One growth for each of: appended, published. */
export async function growLog(sizes: readonly number[], { seconds, tell }: Settings): Promise<readonly Growth[]> {
  const cluster = await openCluster();
  const bus = new Child(new URL('../publish/bus.ts', import.meta.url));
  const points: { readonly size: number; readonly appended: number; readonly published: number; readonly memoryMb: number }[] = [];
  try {
    const busUrl = await bus.ask<string>('start');
    for (const size of sizes) {
      const databaseUrl = await cluster.database(`log_${size}`);
      await filled(databaseUrl, size);
      const engine = new Child(new URL('../publish/ours.ts', import.meta.url));
      await engine.ask('open', { databaseUrl, busUrl, isFilled: true });
      const count = Math.ceil((8_000 * seconds) / FILL) * FILL;
      await engine.ask('fill', count);
      await engine.ask('drain', count);
      await bus.ask('take');
      const startedAtMs = performance.now();
      await engine.ask('fill', count);
      const appendedMs = performance.now() - startedAtMs;
      await engine.ask('drain', count);
      const { firstAtMs, lastAtMs } = await bus.ask<{ firstAtMs: number; lastAtMs: number }>('count');
      points.push({ size, appended: (count * 1_000) / appendedMs, published: (count * 1_000) / (lastAtMs - firstAtMs), memoryMb: residentMb(engine.pid) });
      tell(`log of ${size.toLocaleString('en')} events: ${JSON.stringify(points.at(-1))}`);
      await engine.end();
    }
  } finally {
    await bus.end();
    await cluster.stop();
  }
  const growth = (id: string, rate: string, of: 'appended' | 'published'): Growth => ({ id, what: 'events in the log', rate, points: points.map(({ size, memoryMb, ...rates }) => ({ size, perSecond: rates[of], memoryMb })) });
  return [growth('log-appended', `events appended per second, ${FILL} in a transaction`, 'appended'), growth('log-published', 'events published per second', 'published')];
}

async function filled(url: string, size: number): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  await pool.query(MIGRATIONS.map(({ sql }) => sql).join(';\n'));
  await fillLog(pool, size, Date.now(), () => undefined);
  await pool.end();
}
