/**
 * What a pair must stand beside kills: a process that stands still, a database that is away, slow or dies in a COMMIT, a bus and a queue
 * that misbehave, a partner that answers nonsense, an issuer that is away, an orderly end under load, a newer version beside the old one,
 * and more work than it can do. A scenario fails by itself when its fault did not come about.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../kit/eventually.ts';
import { HAND_ON } from '../../kit/front.http.ts';
import type { Reaction } from '../../kit/front.http.ts';
import { SAME_VERSION, SKEWED, startNextVersion } from '../next-version-process.ts';
import type { Scenario, Scene } from '../scene.ts';
import type { AnswerLine } from '../witness-lines.ts';
import { whenReady } from '../world.ts';
import type { World } from '../world.ts';

/** Of the readers; see `startReaders`. */
const LEASE_MS = 15_000;
const HIT_LIMIT_MS = 45_000;

export const OUTAGES: readonly Scenario[] = [
  { id: 'F3', name: 'CC stands still for two leases, then goes on', faultClass: 'zombie', act: zombie, limitMs: 90_000 },
  { id: 'F4', name: 'The database is killed and comes back after 4 s', faultClass: 'database', act: databaseKilled },
  { id: 'F4b', name: 'The database refuses connections for 4 s', faultClass: 'database', act: (scene) => during(scene, 4_000, () => scene.world.database.proxy.setDown(true), () => scene.world.database.proxy.setDown(false)) },
  { id: 'F5', name: 'The database is slow: 400 ms for each piece, for 6 s', faultClass: 'database', act: databaseSlow },
  { id: 'F6', name: 'Connections die in COMMIT: done, and not answered', faultClass: 'database', act: diesInCommit, limitMs: 90_000 },
  { id: 'F7', name: 'PutEvents: throttled, 500, reset, answers lost, for 6 s', faultClass: 'bus', act: (scene) => withAws(scene, 6_000, { throttles: 0.25, errors: 0.2, resets: 0.15, lostAnswers: 0.25 }) },
  { id: 'F7b', name: 'The bus answers 503 for 5 s', faultClass: 'bus', act: (scene) => withAws(scene, 5_000, { outage: 'refusing' }) },
  { id: 'F7c', name: 'Bus and queue hang for 8 s', faultClass: 'bus', act: awsHangs },
  { id: 'F8', name: 'PutEvents: half of the entries fail, for 6 s', faultClass: 'bus', act: (scene) => withAws(scene, 6_000, { failedEntries: 0.5 }) },
  { id: 'F9', name: 'The bus accepts, and loses half, for 5 s', faultClass: 'bus', act: (scene) => withAws(scene, 5_000, { drops: 0.5 }) },
  { id: 'F10', name: 'The queue: throttled, 500, reset, answers lost, for 6 s; and poison', faultClass: 'queue', act: poisonedQueue },
  { id: 'F12', name: 'Every event comes twice, half of them out of order, for 6 s', faultClass: 'queue', act: (scene) => withAws(scene, 6_000, { duplicates: 1, reorder: 0.5, reorderWithinMs: 1_500 }) },
  { id: 'F17', name: 'The clock of CC is 50 s ahead, then jumps to 50 s behind', faultClass: 'clock', act: wrongClock },
  { id: 'F18', name: 'OF answers 500, 429, HTML, late, or breaks off', faultClass: 'partner', act: badPartner },
  { id: 'F20', name: 'The issuer is away for 6 s, and CC starts meanwhile', faultClass: 'issuer', act: issuerAway },
  { id: 'F21', name: 'The issuer has a new key at once, and no old one', faultClass: 'issuer', act: keyRotated },
  { id: 'F26', name: 'SIGTERM under load, with another process behind a balancer', faultClass: 'orderly end', act: endsUnderLoad },
  { id: 'F28', name: 'A newer version with another schema beside the old one, and back', faultClass: 'deploy', act: deploy, limitMs: 90_000 },
  { id: 'F32', name: 'No way between CC and OF for 5 s: first there, then back', faultClass: 'network', act: noWay },
  { id: 'F33', name: 'Five times as many orders as are done, then as before', faultClass: 'overload', act: overload, limitMs: 120_000 },
];

/** Orders are placed while the fault lasts; what was done with an answer that was lost may come once more. */
async function during(scene: Scene, ms: number, begin: () => unknown, end: () => unknown, everyMs = 150): Promise<void> {
  void scene.place(4);
  await wait(200);
  await begin();
  scene.outage();
  try {
    await scene.placeUntil(wait(ms), everyMs);
  } finally {
    await end();
  }
  scene.ended();
}

async function zombie(scene: Scene): Promise<void> {
  const { world } = scene;
  const other = await startNextVersion(world, { program: SAME_VERSION });
  const base = await other.ready;
  const own = world.stack.description.cc;
  try {
    await world.witness.ask({ act: 'bases', bases: [own, base], obeysReadiness: true });
    const fencesBefore = await fences(world);
    void scene.place(4);
    world.arm('cc', 'effect.begun', 2, 'SIGSTOP');
    const still = eventually('a hit of effect.begun', () => world.hit('cc'), HIT_LIMIT_MS);
    await scene.placeUntil(still, 100);
    const { pid } = await still;
    scene.outage();
    // Nobody takes over what belongs to whoever still lives: a lease, and as much again.
    await scene.placeUntil(wait(2 * LEASE_MS), 1_000);
    const taken = [...(await fences(world))].filter(([name, fence]) => fence > (fencesBefore.get(name) ?? 0)).length;
    if (taken === 0) throw new Error('no partition of the process that stands still was taken over');
    process.kill(pid, 'SIGCONT');
    await scene.placeUntil(wait(3_000), 200);
    if (world.process('cc').pid !== pid) throw new Error('the process that stood still has ended');
    scene.note(`${taken} partitions were taken over under the next fence; process ${pid} went on`);
  } finally {
    world.disarm('cc');
    world.process('cc').signal('SIGCONT');
    await world.witness.ask({ act: 'bases', bases: [own], obeysReadiness: false });
    await other.stop();
  }
  scene.ended();
}

async function fences(world: World): Promise<Map<string, number>> {
  const rows = await world.rows<{ name: string; fence: number }>('cc', "SELECT name || '/' || partition AS name, fence::int FROM readers");
  return new Map(rows.map(({ name, fence }) => [name, fence]));
}

async function databaseKilled(scene: Scene): Promise<void> {
  const { world } = scene;
  const asked = { live: 0, ready: 0 };
  await during(scene, 4_000, async () => {
    await world.database.kill();
    await wait(500);
    [asked.live, asked.ready] = await Promise.all(['live', 'ready'].map((kind) => statusOf(`${world.stack.description.cc}/health/${kind}`))) as [number, number];
  }, () => world.database.start());
  if (asked.live !== 200 || asked.ready !== 503) throw new Error(`without its database CC says live ${asked.live} and ready ${asked.ready}`);
  const slow = answers(scene).filter(({ status, tookMs }) => status === 503 && tookMs > 2_500);
  if (slow.length > 0) throw new Error(`${slow.length} requests waited longer than 2.5 s to be refused, one ${Math.max(...slow.map(({ tookMs }) => tookMs))} ms`);
  scene.note(`${answers(scene).filter(({ status }) => status === 503).length} requests were refused with 503`);
}

async function databaseSlow(scene: Scene): Promise<void> {
  const { proxy } = scene.world.database;
  await during(scene, 6_000, () => (proxy.latencyMs = 400), () => (proxy.latencyMs = 0));
}

async function diesInCommit(scene: Scene): Promise<void> {
  const { proxy } = scene.world.database;
  const before = proxy.cut;
  void scene.place(4);
  for (let round = 0; round < 5; round += 1) {
    proxy.cutCommits(3);
    scene.outage();
    await scene.placeUntil(wait(1_200), 120);
  }
  proxy.cutCommits(0);
  if (proxy.cut - before < 5) throw new Error(`only ${proxy.cut - before} connections were cut in COMMIT`);
  scene.note(`${proxy.cut - before} connections were cut between COMMIT and its answer`);
  scene.ended();
}

async function withAws(scene: Scene, ms: number, faults: object): Promise<void> {
  const { world } = scene;
  const before = await awsMetrics(world);
  await during(scene, ms, () => world.setAwsFaults({ seed: Math.floor(scene.random() * 2 ** 32), ...faults }), () => world.setAwsFaults());
  scene.note(JSON.stringify(Object.fromEntries(Object.entries(await awsMetrics(world)).flatMap(([name, count]) => (count > (before[name] ?? 0) ? [[name, count - (before[name] ?? 0)]] : [])))));
}

async function awsMetrics({ stack }: World): Promise<Record<string, number>> {
  return (await (await fetch(`${stack.description.aws}/_local/metrics`)).json()) as Record<string, number>;
}

async function awsHangs(scene: Scene): Promise<void> {
  const aws = scene.world.process('local-aws');
  await during(scene, 8_000, () => aws.signal('SIGSTOP'), () => aws.signal('SIGCONT'));
}

async function poisonedQueue(scene: Scene): Promise<void> {
  const { world } = scene;
  for (const text of ['no JSON', '{"detail":{"eventId":"none"}}']) {
    await world.queue.send(text);
    scene.poison();
  }
  await withAws(scene, 6_000, { callsTo: 'sqs', throttles: 0.25, errors: 0.2, resets: 0.1, lostAnswers: 0.2 });
}

const HTML = { type: 'text/html', body: '<!doctype html><html><body>Welcome to the gateway</body></html>' };

async function badPartner(scene: Scene): Promise<void> {
  const { front } = scene.world;
  const misdeeds: readonly (() => Reaction)[] = [
    () => ({ forward: false, answer: { status: 500, type: 'application/json', body: '{"message":"internal error"}' } }),
    () => ({ forward: true, answer: { status: 500, ...HTML } }),
    () => ({ forward: false, answer: { status: 429, type: 'application/problem+json', headers: { 'retry-after': '1' }, body: '{"type":"about:blank","title":"Too busy","status":429,"code":"overloaded"}' } }),
    () => ({ forward: true, answer: { status: 200, ...HTML } }),
    () => ({ forward: true, answer: { status: 200, type: 'application/json', body: '{"results":[{"sta' } }),
    () => ({ forward: true, until: wait(1_500) }),
    () => ({ forward: true, answer: 'cut' }),
    () => ({ forward: false, answer: 'cut' }),
    HAND_ON,
  ];
  let count = 0;
  await during(scene, 7_000, () => {
    front.react = () => {
      count += 1;
      return (misdeeds[Math.floor(scene.random() * misdeeds.length)] ?? HAND_ON)();
    };
  }, () => (front.react = HAND_ON));
  if (count < 5) throw new Error(`only ${count} calls met a misdeed`);
  scene.note(`${count} calls`);
}

async function issuerAway(scene: Scene): Promise<void> {
  const { world } = scene;
  const issuer = world.process('issuer');
  await during(scene, 6_000, async () => {
    await issuer.hold();
    // What it had in memory of the issuer is gone with it.
    world.process('cc').signal('SIGKILL');
  }, () => issuer.release());
  await whenReady(world, 'issuer');
  await whenReady(world, 'cc');
}

async function keyRotated(scene: Scene): Promise<void> {
  const { world } = scene;
  const issuer = world.process('issuer');
  const kids = new Set([await kidOf(world)]);
  await during(scene, 6_000, async () => {
    await issuer.hold();
    rmSync(join(world.directory, 'stack', 'issuer', 'signing-key.json'));
    issuer.release();
    await whenReady(world, 'issuer');
  }, () => undefined);
  // CC may know the old key still; a process that starts does not.
  await world.witness.ask({ act: 'renew' });
  kids.add(await kidOf(world));
  if (kids.size < 2) throw new Error('the issuer has the key that it had');
  scene.note(`${answers(scene).filter(({ status }) => status === 401).length} requests were answered with 401, and sent again with a new token`);
}

async function kidOf({ stack }: World): Promise<string> {
  const { jwks_uri: url } = (await (await fetch(`${stack.description.issuer}/.well-known/openid-configuration`)).json()) as { jwks_uri: string };
  const { keys } = (await (await fetch(url)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid).join(',');
}

async function wrongClock(scene: Scene): Promise<void> {
  const { world } = scene;
  const own = world.stack.description.cc;
  await world.process('cc').hold();
  scene.outage();
  const wrong = await startNextVersion(world, { program: SKEWED, environment: { CLOCK_SKEW_MS: '50000' } });
  try {
    await world.witness.ask({ act: 'bases', bases: [await wrong.ready], obeysReadiness: false });
    await scene.placeUntil(wait(7_000), 200);
    scene.outage();
    await wrong.stop();
  } finally {
    wrong.signal('SIGKILL');
    world.process('cc').release();
    await world.witness.ask({ act: 'bases', bases: [own], obeysReadiness: false });
  }
  await whenReady(world, 'cc');
  scene.ended();
}

/** Every request of this scenario was answered at its first attempt, and taken. */
function refuseFailures(scene: Scene): void {
  const failed = answers(scene).filter(({ status }) => status < 200 || status >= 300);
  if (failed.length > 0) throw new Error(`${failed.length} of ${answers(scene).length} requests failed: ${[...new Set(failed.map(({ status }) => (status === 0 ? 'no answer' : status)))].join(', ')}`);
  scene.note(`${answers(scene).length} requests, none failed`);
}

function answers({ world, label }: Scene): AnswerLine[] {
  return world.witness.lines(label).filter((line) => line.kind === 'answer') as AnswerLine[];
}

async function statusOf(url: string): Promise<number> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(({ status }) => status, () => 0);
}

async function endsUnderLoad(scene: Scene): Promise<void> {
  const { world } = scene;
  const own = world.stack.description.cc;
  const other = await startNextVersion(world, { program: SAME_VERSION });
  try {
    const base = await other.ready;
    await world.witness.ask({ act: 'bases', bases: [own, base], obeysReadiness: true });
    await scene.placeUntil(ownEnds(scene), 50);
    await scene.placeUntil(wait(1_000), 50);
    await world.witness.ask({ act: 'bases', bases: [own, base], obeysReadiness: true });
    const beganMs = performance.now();
    const ended = other.stop();
    await scene.placeUntil(ended, 50);
    const how = await ended;
    if (how !== 'exit code 0') throw new Error(`the other process ended of ${how}`);
    scene.note(`the other one ended after ${Math.round(performance.now() - beganMs)} ms`);
    await scene.placeUntil(wait(500), 50);
  } finally {
    other.signal('SIGKILL');
    await world.witness.ask({ act: 'bases', bases: [own], obeysReadiness: false });
  }
  await wait(500);
  refuseFailures(scene);
  scene.ended();
}

/** SIGTERM for the process of the stack; resolves when it stands again. */
async function ownEnds(scene: Scene): Promise<void> {
  const { world } = scene;
  const victim = world.process('cc');
  const { pid } = victim;
  const beganMs = performance.now();
  victim.signal('SIGTERM');
  const end = await eventually('the end of the process', () => world.ended.find((one) => one.pid === pid));
  if (end.how !== 'exit code 0') throw new Error(`it ended of ${end.how}`);
  scene.note(`ended after ${Math.round(performance.now() - beganMs)} ms`);
  if (performance.now() - beganMs > 10_000) throw new Error('it took more than 10 s to end');
  await whenReady(world, 'cc');
}

async function deploy(scene: Scene): Promise<void> {
  const { world } = scene;
  const own = world.stack.description.cc;
  const next = await startNextVersion(world, {});
  try {
    await scene.placeUntil(next.ready, 150);
    const base = await next.ready;
    await world.witness.ask({ act: 'bases', bases: [own, base], obeysReadiness: true });
    await scene.placeUntil(wait(2_000), 100);
    await scene.placeUntil(ownEnds(scene), 100);
    // The old one stands again: that is the rollback. The newer one goes.
    const ended = next.stop();
    await scene.placeUntil(ended, 100);
    if ((await ended) !== 'exit code 0') throw new Error(`the newer version ended of ${await ended}`);
  } finally {
    next.signal('SIGKILL');
    await world.witness.ask({ act: 'bases', bases: [own], obeysReadiness: false });
  }
  await wait(500);
  refuseFailures(scene);
  const [noted] = await world.rows<{ count: number }>('cc', 'SELECT count(*)::int AS count FROM gift_notes');
  scene.note(`the newer version has noted ${noted?.count ?? 0} orders`);
  await world.rows('cc', "DROP TABLE gift_notes; ALTER TABLE orders DROP COLUMN gift_note; DELETE FROM migrations WHERE name = 'gift-notes-1'");
  scene.ended();
}

async function noWay(scene: Scene): Promise<void> {
  const { front } = scene.world;
  let cut = 0;
  const cuts = (forward: boolean) => (): Reaction => {
    cut += 1;
    return { forward, answer: 'cut' };
  };
  await during(scene, 5_000, () => {
    front.react = cuts(false);
    setTimeout(() => (front.react = cuts(true)), 2_500);
  }, () => (front.react = HAND_ON));
  if (cut === 0) throw new Error('no call was cut');
  scene.note(`${cut} calls were cut`);
}

const OVERLOAD_MS = 6_000;
const CALM_EVERY_MS = 100;

async function overload(scene: Scene): Promise<void> {
  const { world, label } = scene;
  await scene.place(20, CALM_EVERY_MS);
  const calm = p99(answers(scene));
  const beganMs = performance.now();
  // As many at once as are done in a while: that is what it can do.
  await scene.place(60, 0);
  await eventually('the end of 60 orders', async () => {
    const [open] = await world.rows<{ count: number }>('cc', "SELECT count(*)::int AS count FROM orders WHERE idempotency_key LIKE $1 AND status NOT IN ('completed', 'cancelled')", [`${label}-%`]);
    return open?.count === 0 ? true : undefined;
  });
  const perSecond = 60_000 / (performance.now() - beganMs);
  const count = Math.round((5 * perSecond * OVERLOAD_MS) / 1_000);
  const accepted = await world.witness.ask({ act: 'once', scenario: label, from: 100_000, count, everyMs: OVERLOAD_MS / count });
  const refused = answers(scene).filter(({ status }) => status === 429 || status === 503).length;
  scene.ended();
  await eventually('the end of most', async () => {
    const [open] = await world.rows<{ count: number }>('cc', "SELECT count(*)::int AS count FROM orders WHERE idempotency_key LIKE $1 AND status NOT IN ('completed', 'cancelled')", [`${label}-%`]);
    return (open?.count ?? 0) < 10 ? true : undefined;
  }, 90_000);
  const seen = answers(scene).length;
  await scene.place(20, CALM_EVERY_MS);
  const after = p99(answers(scene).slice(seen));
  scene.note(`${perSecond.toFixed(0)} orders/s are done; of ${count} in ${OVERLOAD_MS / 1_000} s ${accepted} were accepted and ${refused} refused; p99 of an answer ${calm} ms before, ${after} ms after`);
  if (after > Math.max(4 * calm, 1_000)) throw new Error(`the p99 of an answer is ${after} ms afterwards, ${calm} ms before`);
}

function p99(all: readonly AnswerLine[]): number {
  const sorted = all.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}
