/** What it costs that work grows: rate and memory must stay where they are, or it is said. */
import { Child } from '../harness/child.ts';
import { judged } from '../harness/row.ts';
import type { Growth, GrowthPoint, Row, Settings } from '../harness/row.ts';
import { growEndpoints } from './endpoints.ts';
import { growLog } from './log.ts';
import { growProcesses } from './processes.ts';

const SIZES = { log: [1_000, 10_000, 100_000, 1_000_000], endpoints: [1, 10, 100, 1_000], rules: [1, 10, 100, 300], processes: [1, 2, 4] } as const;
/** Of a small run, which leaves out endpoints and processes. */
const SMALL = { ...SIZES, log: [1_000, 20_000], rules: [1, 300] } as const;

export const GROWTH: Row = {
  name: 'growth', title: 'cost as work grows',
  async run(settings) {
    const { small, largestLog } = settings;
    const sizes = small ? SMALL : SIZES;
    const log = largestLog === undefined ? sizes.log : [...sizes.log.filter((size) => size < largestLog), largestLog];
    const growths = [...(await growLog(log, settings)), await growRules(sizes.rules, settings)];
    if (!small) growths.push(await growEndpoints(sizes.endpoints, settings), await growProcesses(sizes.processes, settings));
    return { lines: [], growths, judged: judged(...growths.map(({ id, what, rate, points }) => ({ id: `growth/${id}`, what: `${rate}, over ${what}: at the largest beside the smallest`, unit: '×' as const, value: change(points) }))) };
  },
};

async function growRules(sizes: readonly number[], { seconds, tell }: Settings): Promise<Growth> {
  const points: GrowthPoint[] = [];
  for (const size of sizes) {
    const child = new Child(new URL('./rules.ts', import.meta.url));
    points.push(await child.ask<GrowthPoint>('measure', { size, seconds: seconds / 2 }));
    tell(`${size} rules: ${JSON.stringify(points.at(-1))}`);
    await child.end();
  }
  return { id: 'rules', what: 'rules', rate: 'events judged per second of CPU time', points };
}

function change(points: readonly GrowthPoint[]): number | undefined {
  const [first, last] = [points[0]?.perSecond, points.at(-1)?.perSecond];
  return first === undefined || last === undefined ? undefined : last / first;
}
