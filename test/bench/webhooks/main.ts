/**
 * `node test/bench/webhooks/main.ts [--messages 10000]`: our webhook engine with everything on, beside a raw client that only signs and
 * posts and beside graphile-worker used as a webhook queue, on the same receiver, which is a process of its own and counts for nobody.
 * Each scenario is run once; figures are printed, never asserted. The first run warms up and does not count, and so does the first second of
 * each pace: until then there are fewer connections to the database than it takes.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions } from '../../kit/options.ts';
import { treeCpuMs } from '../cpu.ts';
import { table } from '../table.ts';
import { startGraphile } from './graphile.ts';
import { startOurs } from './ours.ts';
import { postRaw } from './raw.ts';
import { Receiving } from './receiving.ts';

const { values } = readOptions(import.meta.url, { options: { messages: { type: 'string', default: '10000' } } });
const messages = Number(values.messages);
const BODY = JSON.stringify({ id: 'x'.repeat(36), event: 'order.created', created: new Date().toISOString(), data: 'x'.repeat(400) });

interface Rate {
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly databaseUs: number;
}

const receiving = await Receiving.start();

/** CPU of this process and of what it has started, but for the receiver. */
async function rated(count: number, work: () => Promise<void>): Promise<Rate> {
  const treeMs = (): number => treeCpuMs(process.pid) - treeCpuMs(receiving.pid);
  const from = { own: process.cpuUsage(), tree: treeMs(), atMs: performance.now() };
  await work();
  const seconds = (performance.now() - from.atMs) / 1_000;
  const { user, system } = process.cpuUsage(from.own);
  const nodeMs = (user + system) / 1_000;
  return { perSecond: count / seconds, nodeUs: (nodeMs * 1_000) / count, databaseUs: Math.max(0, ((treeMs() - from.tree - nodeMs) * 1_000) / count) };
}

/** Milliseconds. */
function percentiles(all: readonly number[]): string {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  return `${at(0.5)} / ${at(0.99)}`;
}

/** All that was posted came once, and nothing else. */
async function checkArrivals(count: number): Promise<void> {
  const ids = (await receiving.take()).map(({ path, eventId }) => `${path} ${eventId}`);
  if (new Set(ids).size !== count || ids.length !== count) throw new Error(`${ids.length} webhooks came, ${new Set(ids).size} different ones, of ${count}.`);
}

const ours = await startOurs();

/** Makes one after the other at a pace, and for a second before. Gives when each was committed, of those that count. */
async function paced(make: () => Promise<readonly string[]>, perSecond: number, seconds: number): Promise<Map<string, number>> {
  await madeAt(make, perSecond, 1);
  return madeAt(make, perSecond, seconds);
}

async function madeAt(make: () => Promise<readonly string[]>, perSecond: number, seconds: number): Promise<Map<string, number>> {
  const committed = new Map<string, number>();
  const startMs = performance.now();
  const all: Promise<void>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    await delay(Math.max(0, startMs + (index * 1_000) / perSecond - performance.now()));
    all.push(make().then(([id]) => void committed.set(id ?? '', performance.timeOrigin + performance.now())));
  }
  await Promise.all(all);
  return committed;
}

async function latencies(path: string, committed: ReadonlyMap<string, number>): Promise<number[]> {
  return (await receiving.take()).filter((one) => one.path === path && committed.has(one.eventId)).map(({ eventId, atMs }) => Math.max(0, atMs - (committed.get(eventId) ?? atMs)));
}

console.log(`${cpus()[0]?.model ?? ''}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1) ?? ''}, Node ${process.version}`);
const rows: (string | number)[][] = [];
const put = (name: string, { perSecond, nodeUs, databaseUs }: Rate): void => void rows.push([name, perSecond, nodeUs, databaseUs]);

/** `waiting`: the events stand in the log already, as when somebody else has taken them. */
const burst = async (count: number, endpoints: number, waiting = false): Promise<Rate> => {
  await ours.reset();
  for (let at = 0; at < endpoints; at += 1) await ours.register(`${receiving.url}/e${at}`);
  await receiving.take();
  if (waiting) {
    await ours.pause();
    await ours.append(count);
  }
  const rate = await rated(count * endpoints, async () => {
    await (waiting ? ours.resume() : ours.append(count));
    await receiving.until(count * endpoints);
    await ours.settled();
  });
  await checkArrivals(count * endpoints);
  return rate;
};

await burst(2_000, 1);
await postRaw(receiving.url, '/raw', 2_000, BODY);
await receiving.take();

const one = await burst(messages, 1);
put(`ours, ${messages} messages to one endpoint, appended by the same process`, one);
const taken = await burst(messages, 1, true);
put(`ours, ${messages} messages that stand in the log, to one endpoint`, taken);
const raw = await rated(messages, () => postRaw(receiving.url, '/raw', messages, BODY));
put(`raw client, ${messages} posts`, raw);
const fanned = await burst(1_000, 10);
put('ours, 1,000 messages to 10 endpoints each', fanned);
console.log(table(['', 'deliveries/s', 'CPU µs each, Node', 'PostgreSQL'], rows));
console.log(`Of the raw client's rate: ${(one.perSecond / raw.perSecond).toFixed(2)} with appending, ${(taken.perSecond / raw.perSecond).toFixed(2)} without`);

await ours.reset();
await ours.register(`${receiving.url}/paced`);
await receiving.take();
const committed = await paced(() => ours.append(1), 100, 5);
await receiving.until(committed.size + 100);
console.log(`100/s to one endpoint, from commit to receiver, p50 / p99: ${percentiles(await latencies('/paced', committed))} ms`);

for (const pace of [50, 200]) {
  await ours.reset();
  await ours.register(`${receiving.url}/fast`, { maxInFlight: 32 });
  await ours.register(`${receiving.url}/slow`, { maxInFlight: 32 });
  await receiving.take();
  const beside = await paced(() => ours.append(1), pace, 8);
  await delay(500);
  const fast = await latencies('/fast', beside);
  console.log(`${pace}/s to a fast endpoint beside one that takes 4 s, at the fast one, p50 / p99: ${percentiles(fast)} ms (${fast.length} of ${beside.size})`);
}

await ours.reset();
for (let at = 0; at < 1_000; at += 1) await ours.register(`${receiving.url}/m${at}`, { maxInFlight: 4 });
await receiving.take();
const rss: number[] = [];
for (let round = 0; round < 6; round += 1) {
  await ours.append(10);
  await receiving.until(10_000 * (round + 1));
  rss.push(Math.round(process.memoryUsage.rss() / 1_048_576));
}
console.log(`1,000 endpoints, 10,000 deliveries a round, RSS after each in MB: ${rss.join(', ')}`);

await ours.stop();

/** The same scenarios through graphile-worker, once ours is stopped: nothing of it runs beside. */
rows.length = 0;
const cpuOf = ({ nodeUs, databaseUs }: Rate): number => nodeUs + databaseUs;
for (const batched of [true, false]) {
  const graphile = await startGraphile(receiving.url, BODY, batched);
  const kind = `graphile-worker, ${batched ? 'in batches' : 'job by job'}`;
  const through = async (count: number, endpoints: number): Promise<Rate> => {
    await receiving.take();
    const rate = await rated(count * endpoints, async () => {
      await graphile.add(Array.from({ length: endpoints }, (_, at) => `/g${at}`), count);
      await receiving.until(count * endpoints);
      await graphile.settled();
    });
    await checkArrivals(count * endpoints);
    return rate;
  };
  await through(2_000, 1);
  const toOne = await through(messages, 1);
  put(`${kind}, ${messages} messages to one endpoint`, toOne);
  const toTen = await through(1_000, 10);
  put(`${kind}, 1,000 messages to 10 endpoints each`, toTen);
  console.log(`CPU of ours for each of that of ${kind}: ${(cpuOf(one) / cpuOf(toOne)).toFixed(2)} to one endpoint, ${(cpuOf(fanned) / cpuOf(toTen)).toFixed(2)} to ten; rate ${(one.perSecond / toOne.perSecond).toFixed(1)} and ${(fanned.perSecond / toTen.perSecond).toFixed(1)} times`);
  if (!batched) {
    const added = await paced(() => graphile.add(['/paced'], 1), 100, 5);
    await receiving.until(added.size + 100);
    console.log(`${kind}, 100/s to one endpoint, from commit to receiver, p50 / p99: ${percentiles(await latencies('/paced', added))} ms`);
    const beside = await paced(() => graphile.add(['/fast', '/slow'], 1), 50, 8);
    await delay(500);
    const fast = await latencies('/fast', beside);
    console.log(`${kind}, 50/s to a fast endpoint beside one that takes 4 s, at the fast one, p50 / p99 of those that came: ${percentiles(fast)} ms (${fast.length} of ${beside.size})`);
  }
  await graphile.stop();
}
console.log(table(['', 'deliveries/s', 'CPU µs each, Node', 'PostgreSQL'], rows));
receiving.stop();
