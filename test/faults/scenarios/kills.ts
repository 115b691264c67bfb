/**
 * The 21 points at which a process is killed, each by its name in the code. A kill counts only when the armed process has said that it hit
 * the point, and its supervisor has seen that very process end of SIGKILL.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { completionOf, delivery } from '../../kit/completion.ts';
import { eventually } from '../../kit/eventually.ts';
import type { Scenario, Scene } from '../scene.ts';
import { whenReady } from '../world.ts';
import type { Service, World } from '../world.ts';
import { startNextVersion } from '../next-version-process.ts';

interface KillPoint {
  readonly id: string;
  readonly name: string;
  readonly service: Service;
  /** Name of the fault point in the code. */
  readonly point: string;
  /** At the latest at which hit it dies: each run draws one. */
  readonly nthUpTo?: number;
  /** What brings the service to the point, beside orders. */
  readonly cause?: (scene: Scene) => Promise<unknown>;
}

const HIT_LIMIT_MS = 45_000;
const UNDER_WAY = 4;
const EVERY_MS = 60;

const POINTS: readonly KillPoint[] = [
  { id: 'K1', name: 'CC: before the transaction of an order', service: 'cc', point: 'orders.asked', nthUpTo: 3 },
  { id: 'K2', name: 'CC: order committed, not answered', service: 'cc', point: 'orders.committed', nthUpTo: 3 },
  { id: 'K3', name: 'CC: a step of the saga claimed', service: 'cc', point: 'effect.begun', nthUpTo: 5 },
  { id: 'K4', name: 'CC: token fetched', service: 'cc', point: 'fulfillment.token', nthUpTo: 2 },
  { id: 'K5', name: 'CC: before the call to OF', service: 'cc', point: 'fulfillment.asking', nthUpTo: 2 },
  { id: 'K6', name: 'CC: OF has answered, nothing committed', service: 'cc', point: 'fulfillment.answered', nthUpTo: 2 },
  { id: 'K7', name: 'CC: message received', service: 'cc', point: 'consumer.received', nthUpTo: 2 },
  { id: 'K8', name: 'CC: event committed, message not deleted', service: 'cc', point: 'consumer.appended', nthUpTo: 2 },
  { id: 'K9', name: 'CC: message deleted, not noted', service: 'cc', point: 'consumer.deleted', nthUpTo: 2 },
  { id: 'K10', name: 'CC: webhook claimed', service: 'cc', point: 'webhooks.claimed', nthUpTo: 6 },
  { id: 'K11', name: 'CC: receiver has answered, nothing committed', service: 'cc', point: 'webhooks.answered', nthUpTo: 6 },
  { id: 'K12', name: 'CC: webhook of a provider committed, not answered', service: 'cc', point: 'ingest.taken' },
  { id: 'K13', name: 'CC: in the middle of a redrive', service: 'cc', point: 'dead-letters.moving', cause: redrive },
  { id: 'K14', name: 'CC: in the middle of a replay', service: 'cc', point: 'replay.batch', cause: replay },
  { id: 'K16', name: 'OF: before the transaction of an acceptance', service: 'of', point: 'accept.asked', nthUpTo: 2 },
  { id: 'K17', name: 'OF: acceptance committed, not answered', service: 'of', point: 'accept.committed', nthUpTo: 2 },
  { id: 'K18', name: 'OF: provider has delivered, nothing committed', service: 'of', point: 'ask.answered', nthUpTo: 2 },
  { id: 'K19', name: 'OF: events to publish claimed', service: 'of', point: 'publisher.claimed', nthUpTo: 3 },
  { id: 'K20', name: 'OF: PutEvents answered, not marked', service: 'of', point: 'publisher.sent', nthUpTo: 3 },
  { id: 'K21', name: 'OF: in the middle of a batch', service: 'of', point: 'reader.batch', nthUpTo: 4 },
];

/** K1 to K21, in their order. */
export const KILLS: readonly Scenario[] = [...POINTS.slice(0, 14).map(scenarioOf), { id: 'K15', name: 'CC: in the middle of a migration', faultClass: 'kill', act: killMigration }, ...POINTS.slice(14).map(scenarioOf)];

/** Two of them at once, where both are points of running services. */
export function pairOf(first: string, second: string): Scenario | undefined {
  const [a, b] = [first, second].map((id) => POINTS.find((point) => point.id === id));
  if (a === undefined || b === undefined) return undefined;
  return { id: `${a.id}+${b.id}`, name: `${a.name}; then ${b.name}`, faultClass: 'two kills', act: (scene) => killBoth(scene, a, b) };
}

export const PAIRABLE: readonly string[] = POINTS.map(({ id }) => id);

function scenarioOf(point: KillPoint): Scenario {
  return { id: point.id, name: point.name, faultClass: 'kill', act: (scene) => killAt(scene, point) };
}

async function killAt(scene: Scene, point: KillPoint): Promise<void> {
  const { world, random } = scene;
  void scene.place(UNDER_WAY);
  const nth = 1 + Math.floor(random() * (point.nthUpTo ?? 1));
  const died = armed(scene, point, nth);
  await Promise.all([scene.placeUntil(died, EVERY_MS), point.cause?.(scene)]);
  await whenReady(world, point.service);
  scene.ended();
}

async function killBoth(scene: Scene, first: KillPoint, second: KillPoint): Promise<void> {
  void scene.place(UNDER_WAY);
  if (first.service === second.service) {
    for (const point of [first, second]) await Promise.all([scene.placeUntil(armed(scene, point, 1), EVERY_MS), point.cause?.(scene)]);
  } else {
    await Promise.all([scene.placeUntil(Promise.all([armed(scene, first, 1), armed(scene, second, 1)]), EVERY_MS), first.cause?.(scene), second.cause?.(scene)]);
  }
  await Promise.all([...new Set([first.service, second.service])].map((service) => whenReady(scene.world, service)));
  scene.ended();
}

/** Arms the point; resolves when the process has died of it. */
async function armed(scene: Scene, { service, point, id }: KillPoint, nth: number): Promise<void> {
  const { world } = scene;
  await whenReady(world, service);
  world.arm(service, point, nth);
  try {
    const hit = await eventually(`${id}, a hit of ${point}`, () => world.hit(service), HIT_LIMIT_MS);
    if (hit.point !== point) throw new Error(`${hit.point} was hit in the place of ${point}`);
    const end = await eventually(`${id}, the end of process ${hit.pid}`, () => world.ended.find(({ pid }) => pid === hit.pid), HIT_LIMIT_MS);
    if (end.how !== 'SIGKILL') throw new Error(`process ${hit.pid} ended of ${end.how} at ${point}`);
    scene.note(`${point}, hit ${nth}: process ${hit.pid} ended of ${end.how}`);
  } finally {
    world.disarm(service);
  }
}

const runSchema = z.object({ runId: z.string(), state: z.string() });

/** Completions lie among the dead letters and are brought back; the run goes on after the kill, and each counts once. */
async function redrive(scene: Scene): Promise<void> {
  const { world } = scene;
  const { operator } = world;
  const done = await eventually('completed orders', async () => {
    const rows = await world.rows<{ orderId: string }>('cc', "SELECT order_id AS \"orderId\" FROM orders WHERE status = 'completed' AND idempotency_key LIKE $1 ORDER BY order_id LIMIT 3", [`${scene.label}-%`]);
    return rows.length === 3 ? rows : undefined;
  }, HIT_LIMIT_MS);
  const events = await Promise.all(done.map(({ orderId }) => completionOf(world, orderId)));
  await makeDead(world, events.map((event) => delivery(event)));
  const { runId } = await operator.call(runSchema, 'POST', '/dead-letter-runs', { body: { act: 'redrive', selection: { all: true }, reason: { code: 'fault_test' } } });
  await eventually('the end of the run', async () => ((await operator.call(runSchema, 'GET', `/dead-letter-runs/${runId}`)).state === 'done' ? true : undefined), HIT_LIMIT_MS);
}

/** Puts them, and whatever lies on the queue, among the dead letters as SQS does: received too often, while nobody takes them in. */
async function makeDead(world: World, bodies: readonly string[]): Promise<void> {
  const { aws, queueUrl: QueueUrl } = world.stack.description;
  const client = new SQSClient({ endpoint: aws, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await world.process('cc').hold();
  try {
    await world.queue.setMaxReceives(1);
    for (const body of bodies) await world.queue.send(body);
    await eventually('the dead letters', async () => {
      await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }));
      return (await world.queue.deadLetters()) >= bodies.length && (await world.queue.size()) === 0 ? true : undefined;
    }, HIT_LIMIT_MS);
  } finally {
    await world.queue.setMaxReceives(world.maxReceives);
    world.process('cc').release();
    client.destroy();
  }
  await whenReady(world, 'cc');
}

const replaySchema = z.object({ replayId: z.string(), state: z.string() });

/** The orders are built anew from the log while more of them come. */
async function replay(scene: Scene): Promise<void> {
  const { operator } = scene.world;
  await wait(500);
  const { replayId } = await operator.call(replaySchema, 'POST', '/api/replays', { body: { target: { projection: 'orders' }, mode: 'run', reason: { code: 'fault_test' } } });
  const state = await eventually('the end of the replay', async () => {
    const now = await operator.call(replaySchema, 'GET', `/api/replays/${replayId}`);
    return now.state === 'done' || now.state === 'failed' ? now.state : undefined;
  }, HIT_LIMIT_MS);
  if (state !== 'done') throw new Error(`the replay is ${state}`);
}

/** A new version dies while it changes the tables, and the old one goes on; then the new one starts, changes them, and works beside it. */
async function killMigration(scene: Scene): Promise<void> {
  const { world } = scene;
  void scene.place(UNDER_WAY);
  const died = startNextVersion(world, { diesAt: 'migration.written' });
  const running = (async (): Promise<void> => {
    const first = await died;
    const how = await first.ended;
    if (how !== 'SIGKILL') throw new Error(`the new version ended of ${how}: ${first.log()}`);
    scene.killed();
    scene.note(`migration.written, hit 1: process ${first.pid} ended of ${how}`);
    const [half] = await world.rows<{ there: boolean }>('cc', "SELECT to_regclass('gift_notes') IS NOT NULL AS there");
    if (half?.there === true) throw new Error('half a migration is there');
    const second = await startNextVersion(world, {});
    await second.ready;
    const [whole] = await world.rows<{ there: boolean }>('cc', "SELECT to_regclass('gift_notes') IS NOT NULL AS there");
    if (whole?.there !== true) throw new Error('the migration was not applied');
    await wait(1_000);
    await second.stop();
  })();
  await scene.placeUntil(running, 4 * EVERY_MS);
  // The old version takes the readers up again, as after a rollback.
  const old = world.process('cc');
  const { pid } = old;
  old.signal('SIGTERM');
  await eventually('the end of the old version', () => (old.pid === pid ? undefined : true));
  await whenReady(world, 'cc');
  await undoNextVersion(world);
  scene.ended();
}

/** So that the same can be done again on this database. */
async function undoNextVersion(world: World): Promise<void> {
  await world.rows('cc', "DROP TABLE IF EXISTS gift_notes; ALTER TABLE orders DROP COLUMN IF EXISTS gift_note; DELETE FROM migrations WHERE name = 'gift-notes-1'");
}
