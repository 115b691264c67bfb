/** Webhook delivery to one endpoint, everything on, beside a client that only signs and posts, and beside graphile-worker used as a webhook queue. */
import { Child } from '../harness/child.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Contender, Done } from '../harness/rounds.ts';
import { judged } from '../harness/row.ts';
import type { Row, Settings } from '../harness/row.ts';
import { Receiving } from './receiving.ts';

const WAITING = 'ours, of events that stand in the log';
const WHOLE = 'ours, and the events appended by the same process';
const RAW = 'raw client: undici and one HMAC';
const GRAPHILE = 'graphile-worker as a webhook queue, as it comes; jobs added by the same process';
const BATCHED = 'graphile-worker as a webhook queue, jobs fetched and completed in batches';
const BODY = JSON.stringify({ id: 'x'.repeat(36), event: 'order.created', created: '2026-01-01T00:00:00.000Z', data: 'x'.repeat(400) });
/** For each second that a contender is given: so that it works for about that long. */
const PER_SECOND = 10_000;
const PER_SECOND_RAW = 20_000;
const PER_SECOND_JOB_BY_JOB = 1_500;

export const WEBHOOKS: Row = {
  name: 'webhooks', title: 'webhook delivery to one endpoint',
  async run(settings) {
    const receiving = await Receiving.start();
    const [ours, graphile, batched, raw] = ['ours', 'graphile', 'graphile', 'raw'].map((name) => new Child(new URL(`./${name}-process.ts`, import.meta.url))) as [Child, Child, Child, Child];
    try {
      const databasePid = await ours.ask<number>('open');
      const { lines, ratio } = await inRounds([
        // Beside each other also when they take turns: the speed of a machine changes within half a minute.
        delivering(receiving, ours, databasePid, true, settings),
        {
          name: RAW, role: 'ceiling', pids: () => [raw.pid],
          run: (window) => posting(receiving, settings, (count) => raw.ask('post', { url: receiving.url, body: BODY, count }), window, { perSecond: PER_SECOND_RAW }),
        },
        delivering(receiving, ours, databasePid, false, settings),
        await queueing(receiving, graphile, false, settings), await queueing(receiving, batched, true, settings),
      ], settings);
      for (const child of [ours, graphile, batched]) await child.ask('stop');
      return { lines, judged: judged(
        { id: 'webhooks/raw', what: 'delivery beside the raw client', unit: '×', value: ratio(WAITING, RAW) },
        { id: 'webhooks/raw-appended', what: 'beside the raw client, appending counted', unit: '×', value: ratio(WHOLE, RAW) },
        { id: 'webhooks/cpu', what: 'CPU of graphile-worker for each of ours, appending and adding counted', unit: '×', value: ratio(GRAPHILE, WHOLE, 'cpuMicros') },
        { id: 'webhooks/cpu-batched', what: 'the same beside its batches', unit: '×', value: ratio(BATCHED, WHOLE, 'cpuMicros') },
        { id: 'webhooks/graphile-worker', what: 'rate beside graphile-worker', unit: '×', value: ratio(WHOLE, GRAPHILE) },
        { id: 'webhooks/batched', what: 'rate beside its batches', unit: '×', value: ratio(WHOLE, BATCHED) },
      ) };
    } finally {
      for (const child of [ours, graphile, batched, raw]) await child.end();
      receiving.stop();
    }
  },
};

function delivering(receiving: Receiving, ours: Child, databasePid: number, waiting: boolean, settings: Settings): Contender {
  return {
    name: waiting ? WAITING : WHOLE, role: 'ours', pids: () => [ours.pid], databasePid: () => databasePid, databaseWithin: true,
    async run(window) {
      await ours.ask('reset');
      await ours.ask('register', `${receiving.url}/ours`);
      await posting(receiving, settings, async (count) => {
        await (waiting ? ours.ask('resume') : ours.ask('append', count));
        await receiving.until(count);
        await ours.ask('settled');
      }, window, { prepare: async (count) => {
        if (!waiting) return;
        await ours.ask('pause');
        await ours.ask('append', count);
      } });
    },
  };
}

async function queueing(receiving: Receiving, child: Child, batched: boolean, settings: Settings): Promise<Contender> {
  const databasePid = await child.ask<number>('open', { url: receiving.url, body: BODY, batched });
  return {
    name: batched ? BATCHED : GRAPHILE, role: 'peer', pids: () => [child.pid], databasePid: () => databasePid, databaseWithin: true,
    run: (window) => posting(receiving, settings, async (count) => {
      await child.ask('add', count);
      await receiving.until(count);
      await child.ask('settled');
    }, window, { perSecond: batched ? PER_SECOND : PER_SECOND_JOB_BY_JOB }),
  };
}

interface Posting {
  readonly prepare?: (count: number) => Promise<void>;
  readonly perSecond?: number;
}

/** A part to warm up, then all; each must have come once. */
async function posting(receiving: Receiving, { seconds, warmSeconds }: Settings, post: (count: number) => Promise<unknown>, window: Parameters<Contender['run']>[0], { prepare = async () => undefined, perSecond = PER_SECOND }: Posting = {}): Promise<void> {
  const through = async (count: number): Promise<Done> => {
    const startedAtMs = performance.now();
    await post(count);
    const tookMs = performance.now() - startedAtMs;
    const arrived = await receiving.take();
    const different = new Set(arrived.map(({ eventId }) => eventId)).size;
    if (different !== count || arrived.length !== count) throw new Error(`${arrived.length} webhooks came, ${different} different ones, of ${count}.`);
    return { count, tookMs };
  };
  const [warm, count] = [Math.ceil(perSecond * warmSeconds), Math.ceil(perSecond * seconds)];
  await receiving.take();
  await prepare(warm);
  await through(warm);
  await prepare(count);
  await window(() => through(count));
}
