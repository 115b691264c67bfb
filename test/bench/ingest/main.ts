/**
 * `pnpm bench ingest [--small] [--write] [--modes http,grpc,kafka]`: webhooks of payments through all three modes in one run. Figures are printed, never asserted;
 * what is asserted is that every webhook that was answered 2xx has its effect once. `--write` puts the table into docs/ingest.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOptions } from '../../kit/options.ts';
import { localBroker } from '@commerce/local-kafka/broker';
import { missingForBroker } from '@commerce/local-kafka/jars';
import { fire } from './load.ts';
import type { Load, Measured } from './load.ts';
import { sendThrough } from './outage.ts';
import type { Outage } from './outage.ts';
import { surround } from './surroundings.ts';
import type { Cpu, Mode, Surroundings } from './surroundings.ts';
import { fillOrders, webhookSource } from './webhooks.ts';
import type { SignedWebhook } from './webhooks.ts';

const { values } = readOptions(import.meta.url, { allowPositionals: true, options: { small: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, orders: { type: 'string' }, modes: { type: 'string', default: 'http,grpc,kafka' } } });
const seconds = values.small ? 2 : 15;
const warmSeconds = values.small ? 1 : 10;
const orders = Number(values.orders ?? (values.small ? 20_000 : 120_000));
const LIGHT: Load = { connections: 8, rate: 50, seconds };
const SATURATION: Load = { connections: 64, seconds };
/** As many a second as at light load, and enough connections that none waits for another's answer. */
const SLOWED: Load = { ...LIGHT, connections: 64 };
const SLOWED_MS = 200;
const OUTAGE = { rate: 50, seconds: values.small ? 15 : 25 };
/** For what waits in a topic: a reader that was killed is missed after its session. */
const SETTLE_LIMIT_MS = 120_000;
const PATH = '/webhooks/payments/orders';
const PAGE = join(import.meta.dirname, '../../../docs/ingest.md');
const MARKS = ['<!-- figures: made by pnpm bench ingest --write -->', '<!-- end of figures -->'] as const;

interface Figures {
  readonly mode: Mode;
  readonly rows: readonly { readonly name: string; readonly measured: Measured; readonly cpuUs: Cpu }[];
  readonly outage: Outage;
}

async function measure(mode: Mode, at: Surroundings): Promise<Figures> {
  const next = webhookSource(await fillOrders(at.pool, orders), at.secret);
  const url = `${at.url}${PATH}`;
  let taken = await count(at);

  /** CPU of all the work that follows from what was taken. */
  async function run(name: string, load: Load): Promise<Figures['rows'][number]> {
    const before = at.cpu();
    const measured = await fire(url, next, load);
    taken = await settled(at, taken + measured.taken.length);
    const after = at.cpu();
    await assertOnce(at, measured.taken);
    const perWebhook = (part: keyof Cpu): number => ((after[part] - before[part]) * 1_000) / Math.max(1, measured.taken.length);
    return { name, measured, cpuUs: { ingest: perWebhook('ingest'), api: perWebhook('api'), database: perWebhook('database'), broker: Math.max(0, perWebhook('broker')) } };
  }

  await run('warm', { ...SATURATION, seconds: warmSeconds });
  const light = await run('light load', LIGHT);
  const saturated = await run('saturation', SATURATION);
  await at.slowApi(SLOWED_MS);
  const slowed = await run(`API slowed by ${SLOWED_MS} ms`, SLOWED);
  await at.slowApi(0);

  const sent: string[] = [];
  const noted = (): SignedWebhook => {
    const webhook = next();
    sent.push(webhook.id);
    return webhook;
  };
  const outage = await sendThrough(url, noted, { ...OUTAGE, stop: () => at.stopApi() });
  await settled(at, taken + sent.length);
  await assertOnce(at, sent);
  return { mode, rows: [light, saturated, slowed], outage };
}

async function count({ pool }: Surroundings): Promise<number> {
  return Number((await pool.query("SELECT count(*) FROM payment_webhooks WHERE verdict = 'accepted'")).rows[0].count);
}

/** Waits until so many stand there, and nothing has been added for a second. Throws after two minutes. */
async function settled(at: Surroundings, expected: number): Promise<number> {
  const endMs = performance.now() + SETTLE_LIMIT_MS;
  for (let last = -1; performance.now() < endMs; await delay(1_000)) {
    const now = await count(at);
    if (now === last && now >= expected) return now;
    last = now;
  }
  throw new Error(`Of ${expected} webhooks that were answered 2xx, ${await count(at)} were taken.`);
}

/** Throws when one of these has not its effect, or more than one. */
async function assertOnce({ pool }: Surroundings, ids: readonly string[]): Promise<void> {
  const { rows: [row] } = await pool.query(
    `SELECT count(DISTINCT w.provider_event_id)::int AS webhooks, count(e.event_id)::int AS events FROM payment_webhooks w LEFT JOIN events e ON e.subject = w.order_id AND e.type = 'PaymentProcessed'
     WHERE w.provider_event_id = ANY ($1::text[]) AND w.verdict = 'accepted'`, [ids]);
  if (row.webhooks !== ids.length || row.events !== ids.length) throw new Error(`Of ${ids.length} webhooks that were answered 2xx, ${row.webhooks} were taken, with ${row.events} effects.`);
}

async function withBroker<Result>(work: (address: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'commerce-bench-kafka-'));
  const broker = localBroker({ directory, port: 39_392, controllerPort: 39_393 });
  try {
    await broker.start();
    return await work(broker.address);
  } finally {
    await broker.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

async function inMode(mode: Mode, brokers?: string): Promise<Figures> {
  const at = await surround(mode, brokers);
  try {
    return await measure(mode, at);
  } finally {
    await at.stop();
  }
}

function figuresPage(all: readonly Figures[], skipped: string | undefined): string {
  const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  const errors = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([kind, times]) => `${kind}: ${times.toLocaleString('en')}`).join(', ') || '0';
  const load = all.flatMap(({ mode, rows }) => rows.map(({ name, measured, cpuUs }) => `| ${mode} | ${name} | ${number(measured.perSecond)} | ${number(measured.p50Ms)} | ${number(measured.p99Ms)} | ${errors(measured.errors)} | ${[cpuUs.ingest, cpuUs.api, cpuUs.database, ...(mode === 'kafka' ? [cpuUs.broker] : [])].map(number).join(' + ')} |`));
  const outages = all.map(({ mode, outage }) => `| ${mode} | ${outage.sent} | ${errors(outage.answers)} | ${number(outage.slowestMs)} | ${number(outage.p50Ms)} | ${number(outage.lastMs)} |`);
  return [
    `Measured on ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, ${seconds} s each; load, ingest, API side, database and broker share the cores.${skipped === undefined ? '' : ` Kafka was left out: ${skipped}.`}`,
    '', '| Mode | load | RPS | p50 ms | p99 ms | errors | CPU per webhook in µs: ingest + API + database (+ broker) |', '|---|---|---|---|---|---|---|', ...load,
    '', `While the API side was killed, and away for ten seconds, ${OUTAGE.rate} webhooks a second came, and each was sent again a second after an answer that was no success:`,
    '', '| Mode | webhooks | answers | slowest answer, ms | until taken: p50 ms | the last one, ms |', '|---|---|---|---|---|---|', ...outages,
  ].join('\n');
}

const missing = missingForBroker();
const modes = values.modes.split(',');
const all: Figures[] = [];
for (const mode of ['http', 'grpc'] as const) if (modes.includes(mode)) all.push(await inMode(mode));
if (missing === undefined && modes.includes('kafka')) all.push(await withBroker((address) => inMode('kafka', address)));
const page = figuresPage(all, missing);
console.log(page);
if (values.write) {
  const [before = '', rest = ''] = readFileSync(PAGE, 'utf8').split(MARKS[0]);
  writeFileSync(PAGE, `${before}${MARKS[0]}\n${page}\n${MARKS[1]}${rest.split(MARKS[1])[1] ?? ''}`);
}
