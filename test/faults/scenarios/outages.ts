/**
 * What a pair must stand beside kills: a process that stands still, a database that is away, slow, full or dies in a COMMIT, a bus and a
 * queue that misbehave, a partner that answers nonsense, an issuer that is away, an orderly end under load, a newer version beside the old
 * one, and more work than it can do. A scenario fails by itself when its fault was not felt by whom it was meant for: it lasts until it was,
 * and for so long as its name says at least.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../kit/eventually.ts';
import { HAND_ON } from '../../kit/front.http.ts';
import type { Reaction } from '../../kit/front.http.ts';
import { SAME_VERSION, SKEWED, startNextVersion } from '../next-version-process.ts';
import type { Scenario, Scene } from '../scene.ts';
import { asSuperuser, logOnSmallDisk, tablesOnSmallDisk, whyNoSmallDisk } from '../small-disk.ts';
import type { AnswerLine } from '../witness-lines.ts';
import { kill, whenReady } from '../world.ts';
import type { World } from '../world.ts';

/** Of the readers; see `startReaders`. */
const LEASE_MS = 15_000;
const HIT_LIMIT_MS = 45_000;

export const OUTAGES: readonly Scenario[] = [
  { id: 'F3', name: 'CC stands still for two leases, then goes on', faultClass: 'zombie', act: zombie, limitMs: 90_000 },
  { id: 'F4', name: 'The database is killed and comes back after 4 s', faultClass: 'database', act: databaseKilled },
  { id: 'F4b', name: 'The database refuses connections for 4 s', faultClass: 'database', act: databaseRefuses },
  { id: 'F5', name: 'The database is slow: 400 ms for each piece, for 6 s', faultClass: 'database', act: databaseSlow },
  { id: 'F6', name: 'Connections die in COMMIT: done, and not answered', faultClass: 'database', act: diesInCommit, limitMs: 90_000 },
  { id: 'F7', name: 'PutEvents: throttled, 500, reset, answers lost, for 6 s', faultClass: 'bus', act: (scene) => withAws(scene, 6_000, { throttles: 0.25, errors: 0.2, resets: 0.15, lostAnswers: 0.25 }, CALLS_FAIL) },
  { id: 'F7b', name: 'The bus answers 503 for 5 s', faultClass: 'bus', act: (scene) => withAws(scene, 5_000, { outage: 'refusing' }, { refusedCalls: 'a call that was refused' }) },
  { id: 'F7c', name: 'Bus and queue hang for 8 s', faultClass: 'bus', act: awsHangs },
  { id: 'F8', name: 'PutEvents: half of the entries fail, for 6 s', faultClass: 'bus', act: (scene) => withAws(scene, 6_000, { failedEntries: 0.5 }, { refused: 'an entry that failed', accepted: 'an entry that was taken' }) },
  { id: 'F9', name: 'The bus accepts, and loses half, for 5 s', faultClass: 'bus', act: (scene) => withAws(scene, 5_000, { drops: 0.5 }, { dropped: 'a delivery that was lost' }) },
  { id: 'F10', name: 'The queue: throttled, 500, reset, answers lost, for 6 s; and poison', faultClass: 'queue', act: poisonedQueue },
  { id: 'F12', name: 'Every event comes twice, half of them out of order, for 6 s', faultClass: 'queue', act: (scene) => withAws(scene, 6_000, { duplicates: 1, reorder: 0.5, reorderWithinMs: 1_500 }, { duplicated: 'a delivery that came twice', heldBack: 'a delivery that was held back' }) },
  { id: 'F17', name: 'The clock of CC is 50 s ahead, then jumps to 50 s behind', faultClass: 'clock', act: wrongClock },
  { id: 'F18', name: 'OF answers 500, 429, HTML, late, or breaks off', faultClass: 'partner', act: badPartner },
  { id: 'F20', name: 'The issuer is away for 6 s, and CC starts meanwhile', faultClass: 'issuer', act: issuerAway },
  { id: 'F21', name: 'The issuer has a new key at once, and no old one', faultClass: 'issuer', act: keyRotated },
  { id: 'F25', name: 'The disk of the tables is full for 5 s', faultClass: 'database', act: diskFull, whyNot: whyNoSmallDisk, limitMs: 90_000 },
  { id: 'F25b', name: 'The disk of the database\'s log is full for 5 s', faultClass: 'database', act: logFull, whyNot: whyNoSmallDisk, limitMs: 90_000 },
  { id: 'F26', name: 'SIGTERM under load, with another process behind a balancer', faultClass: 'orderly end', act: endsUnderLoad },
  { id: 'F28', name: 'A newer version with another schema beside the old one, and back', faultClass: 'deploy', act: deploy, limitMs: 90_000 },
  { id: 'F32', name: 'No way between CC and OF for 5 s: first there, then back', faultClass: 'network', act: noWay },
  { id: 'F33', name: 'Five times as many orders as are done, then as before', faultClass: 'overload', act: overload, limitMs: 120_000 },
];

/** What of the fault was not felt yet, in words; empty when all of it was. */
type NotFelt = () => Promise<readonly string[]> | readonly string[];

const FELT_LIMIT_MS = 30_000;
const FELT_LOOK_MS = 200;

/** Orders are placed while the fault lasts: for `ms`, and until it was felt. Throws when it was not. Gives when it began and ended, Unix milliseconds. */
async function during(scene: Scene, ms: number, begin: () => unknown, end: () => unknown, notFelt: NotFelt): Promise<{ readonly fromMs: number; readonly untilMs: number }> {
  void scene.place(4);
  await wait(200);
  const fromMs = Date.now();
  try {
    await begin();
    await scene.placeUntil(Promise.all([wait(ms), whenFelt(notFelt)]), 150);
  } finally {
    await end();
  }
  scene.ended();
  return { fromMs, untilMs: Date.now() };
}

async function whenFelt(notFelt: NotFelt): Promise<void> {
  const endMs = performance.now() + FELT_LIMIT_MS;
  for (;;) {
    const left = await notFelt();
    if (left.length === 0) return;
    if (performance.now() > endMs) throw new Error(`the fault was not felt: there is no sign of ${left.join(', of ')}`);
    await wait(FELT_LOOK_MS);
  }
}

/** The words of those that are not so. */
function unless(signs: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(signs).flatMap(([sign, isThere]) => (isThere ? [] : [sign]));
}

/** An order that was refused with 503 since this time, Unix milliseconds. */
function hasRefused(scene: Scene, sinceMs: number): boolean {
  return answers(scene).some(({ status, atMs }) => status === 503 && atMs >= sinceMs);
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
    const stoodStillAtMs = Date.now();
    // Nobody takes over what belongs to whoever still lives: a lease, and as much again.
    await scene.placeUntil(wait(2 * LEASE_MS), 1_000);
    const taken = [...(await fences(world))].filter(([name, fence]) => fence > (fencesBefore.get(name) ?? 0)).length;
    if (taken === 0) throw new Error('no partition of the process that stands still was taken over');
    scene.cut(stoodStillAtMs, Date.now());
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
  const sinceMs = Date.now();
  const { fromMs, untilMs } = await during(scene, 4_000, async () => {
    await world.database.kill();
    await wait(500);
    [asked.live, asked.ready] = await Promise.all(['live', 'ready'].map((kind) => statusOf(`${world.stack.description.cc}/health/${kind}`))) as [number, number];
  }, () => world.database.start(), () => unless({ 'an order that was refused': hasRefused(scene, sinceMs) }));
  scene.cut(fromMs, untilMs);
  if (asked.live !== 200 || asked.ready !== 503) throw new Error(`without its database CC says live ${asked.live} and ready ${asked.ready}`);
  const slow = answers(scene).filter(({ status, tookMs }) => status === 503 && tookMs > 2_500);
  if (slow.length > 0) throw new Error(`${slow.length} requests waited longer than 2.5 s to be refused, one ${Math.max(...slow.map(({ tookMs }) => tookMs))} ms`);
  scene.note(`${answers(scene).filter(({ status }) => status === 503).length} requests were refused with 503`);
}

async function databaseRefuses(scene: Scene): Promise<void> {
  const { proxy } = scene.world.database;
  const [before, sinceMs] = [proxy.refused, Date.now()];
  const { fromMs, untilMs } = await during(scene, 4_000, () => proxy.setDown(true), () => proxy.setDown(false), () => unless({
    'a connection that was refused': proxy.refused > before, 'an order that was refused': hasRefused(scene, sinceMs),
  }));
  scene.cut(fromMs, untilMs);
  scene.note(`${proxy.refused - before} connections were refused`);
}

const SLOW_MS = 400;

async function databaseSlow(scene: Scene): Promise<void> {
  const { proxy } = scene.world.database;
  const [before, sinceMs] = [proxy.late, Date.now()];
  const late = (): AnswerLine[] => answers(scene).filter(({ atMs, tookMs, purpose }) => atMs >= sinceMs && tookMs >= SLOW_MS && purpose === 'order');
  await during(scene, 6_000, () => (proxy.latencyMs = SLOW_MS), () => (proxy.latencyMs = 0), () => unless({
    'a piece that was handed on late': proxy.late > before, 'an order that waited for it': late().length > 0,
  }));
  scene.note(`${proxy.late - before} pieces were handed on late; ${late().length} answers took as long`);
}

/** The tables have no room to grow: what writes is refused, and nothing that was begun is lost. */
async function diskFull(scene: Scene): Promise<void> {
  const { world } = scene;
  const disk = await tablesOnSmallDisk(world);
  scene.afterwards(() => disk.back());
  const [before, sinceMs] = [world.database.withoutSpace(), Date.now()];
  const refused = (): number => answers(scene).filter(({ status, atMs }) => status === 503 && atMs >= sinceMs).length;
  let bytes = 0;
  await during(scene, 5_000, () => (bytes = disk.fill()), () => disk.free(), () => unless({
    'a statement that failed for want of space': world.database.withoutSpace() > before, 'an order that was refused': refused() > 0,
  }));
  scene.note(`the last ${Math.round(bytes / 1_024)} KiB were taken; ${world.database.withoutSpace() - before} statements failed, ${refused()} requests were refused with 503`);
}

/** The server has no room for what it must write before it may promise anything: it ends itself, and comes back when there is some. */
async function logFull(scene: Scene): Promise<void> {
  const { world } = scene;
  const { database } = world;
  const disk = await logOnSmallDisk(world);
  scene.afterwards(() => disk.back());
  const [before, sinceMs] = [database.ended(), Date.now()];
  const { fromMs, untilMs } = await during(scene, 5_000, () => {
    disk.fill();
    void useUp(world);
  }, async () => {
    disk.free();
    await database.whenBack();
  }, () => unless({ 'an end of the server for want of space': database.ended() > before, 'an order that was refused': hasRefused(scene, sinceMs) }));
  scene.cut(fromMs, untilMs);
  scene.note(`the server has ended itself ${database.ended() - before} times for want of space`);
}

const MOST_SEGMENTS = 100;

/** Uses up the segments of the log that are there, as some time of work does, until the server ends. */
async function useUp(world: World): Promise<void> {
  for (let count = 0; count < MOST_SEGMENTS; count += 1) {
    const isAlive = await asSuperuser(world, "SELECT pg_logical_emit_message(false, 'faults', 'x'), pg_switch_wal()").then(() => true, () => false);
    if (!isAlive) return;
  }
}

async function diesInCommit(scene: Scene): Promise<void> {
  const { proxy } = scene.world.database;
  const before = proxy.cut;
  void scene.place(4);
  for (let round = 0; round < 5; round += 1) {
    proxy.cutCommits(3);
    await scene.placeUntil(wait(1_200), 120);
  }
  proxy.cutCommits(0);
  // What became of a webhook is written without a COMMIT of its own, so none may come again for this.
  if (proxy.cut - before < 5) throw new Error(`only ${proxy.cut - before} connections were cut in COMMIT`);
  scene.note(`${proxy.cut - before} connections were cut between COMMIT and its answer`);
  scene.ended();
}

const CALLS_FAIL = { throttledCalls: 'a call that was throttled', failedCalls: 'a call that was answered with 500', resetCalls: 'a call that was cut off', lostAnswers: 'a call whose answer was lost' } as const;

/** `signs`: the counts of the local AWS that must grow, in words. */
async function withAws(scene: Scene, ms: number, faults: object, signs: Readonly<Record<string, string>>): Promise<void> {
  const { world } = scene;
  const before = await awsMetrics(world);
  const grown = async (): Promise<Record<string, number>> => Object.fromEntries(Object.entries(await awsMetrics(world)).map(([name, count]) => [name, count - (before[name] ?? 0)]));
  await during(scene, ms, () => world.setAwsFaults({ seed: Math.floor(scene.random() * 2 ** 32), ...faults }), () => world.setAwsFaults(), async () => {
    const counts = await grown();
    return Object.entries(signs).flatMap(([name, sign]) => ((counts[name] ?? 0) > 0 ? [] : [sign]));
  });
  scene.note(Object.entries(await grown()).filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`).join(', '));
}

async function awsMetrics({ stack }: World): Promise<Record<string, number>> {
  return (await (await fetch(`${stack.description.aws}/_local/metrics`)).json()) as Record<string, number>;
}

async function awsHangs(scene: Scene): Promise<void> {
  const { world } = scene;
  const aws = world.process('local-aws');
  let waiting = 0;
  await during(scene, 8_000, () => aws.signal('SIGSTOP'), () => aws.signal('SIGCONT'), async () => {
    waiting = Math.max(waiting, await unpublished(world));
    return unless({ 'an event that cannot be published': waiting > 0 });
  });
  scene.note(`${waiting} events of Order Fulfillment waited for longer than ${UNPUBLISHED_MS / 1_000} s to be published`);
}

const UNPUBLISHED_MS = 3_000;

/** Events of Order Fulfillment that have stood in its log for longer than they ever do, and are not published. */
async function unpublished(world: World): Promise<number> {
  const [row] = await world.rows<{ count: number }>('of', `SELECT count(*)::int AS count FROM events e JOIN readers r ON r.name = 'publisher'
    WHERE e.origin = 'own' AND (e.epoch, e.txid, e.position) > (r.epoch, r.txid, r.position) AND e.recorded_at < clock_timestamp() - $1 * interval '1 ms'`, [UNPUBLISHED_MS]);
  return row?.count ?? 0;
}

async function poisonedQueue(scene: Scene): Promise<void> {
  const { world } = scene;
  for (const text of ['no JSON', '{"detail":{"eventId":"none"}}']) {
    scene.poison(await world.queue.send(text));
  }
  await withAws(scene, 6_000, { callsTo: 'sqs', throttles: 0.25, errors: 0.2, resets: 0.1, lostAnswers: 0.2 }, CALLS_FAIL);
}

const HTML = { type: 'text/html', body: '<!doctype html><html><body>Welcome to the gateway</body></html>' };

async function badPartner(scene: Scene): Promise<void> {
  const { front } = scene.world;
  const misdeeds: Readonly<Record<string, () => Reaction>> = {
    'a call that was not done and answered with 500': () => ({ forward: false, answer: { status: 500, type: 'application/json', body: '{"message":"internal error"}' } }),
    'a call that was done and answered with 500': () => ({ forward: true, answer: { status: 500, ...HTML } }),
    'a call that was answered with 429': () => ({ forward: false, answer: { status: 429, type: 'application/problem+json', headers: { 'retry-after': '1' }, body: '{"type":"about:blank","title":"Too busy","status":429,"code":"overloaded"}' } }),
    'a call that was answered with HTML': () => ({ forward: true, answer: { status: 200, ...HTML } }),
    'a call that was answered with half of its JSON': () => ({ forward: true, answer: { status: 200, type: 'application/json', body: '{"results":[{"sta' } }),
    'a call that was answered late': () => ({ forward: true, until: wait(1_500) }),
    'a call that was done and cut off': () => ({ forward: true, answer: 'cut' }),
    'a call that was cut off before it was done': () => ({ forward: false, answer: 'cut' }),
    'a call that was handed on': HAND_ON,
  };
  const counts = new Map(Object.keys(misdeeds).map((kind) => [kind, 0]));
  await during(scene, 7_000, () => {
    front.react = () => {
      // One of those that were met least: each of them comes, however few calls there are.
      const least = Math.min(...counts.values());
      const left = [...counts.keys()].filter((kind) => counts.get(kind) === least);
      const kind = left[Math.floor(scene.random() * left.length)] ?? '';
      counts.set(kind, least + 1);
      return (misdeeds[kind] ?? HAND_ON)();
    };
  }, () => (front.react = HAND_ON), () => unless(Object.fromEntries([...counts].map(([kind, count]) => [kind, count > 0]))));
  scene.note([...counts].map(([kind, count]) => `${kind}: ${count}`).join('; '));
}

async function issuerAway(scene: Scene): Promise<void> {
  const { world } = scene;
  const issuer = world.process('issuer');
  const withoutKeys = (): number => answers(scene).filter(({ status, text }) => status === 503 && text.includes('keys of the token issuer')).length;
  await during(scene, 6_000, async () => {
    await issuer.hold();
    // What it had in memory of the issuer is gone with it.
    await kill(world, 'cc');
  }, () => issuer.release(), () => unless({ 'an order that CC refused for want of the keys': withoutKeys() > 0 }));
  scene.note(`${withoutKeys()} requests were refused for want of the keys`);
  await whenReady(world, 'issuer');
  await whenReady(world, 'cc');
}

async function keyRotated(scene: Scene): Promise<void> {
  const { world } = scene;
  const issuer = world.process('issuer');
  const [kid, token] = [await kidOf(world), await tokenOf(world)];
  if ((await statusOf(world.stack.description.cc + ORDERS, token)) !== 200) throw new Error('CC does not take a token of the key that holds');
  await during(scene, 6_000, async () => {
    await issuer.hold();
    rmSync(join(world.directory, 'stack', 'issuer', 'signing-key.json'));
    issuer.release();
    await whenReady(world, 'issuer');
    // Whoever has a token goes on with it, while its key is known; the next orders come with the new one.
    await world.witness.ask({ act: 'renew' });
  }, () => undefined, async () => unless({
    'another key of the issuer': (await kidOf(world)) !== kid, 'a token of the old key that CC refuses': (await statusOf(world.stack.description.cc + ORDERS, token)) === 401,
  }));
  scene.note(`${answers(scene).filter(({ status }) => status === 401).length} requests were answered with 401, and sent again with a new token`);
}

const ORDERS = '/orders?limit=1';

async function tokenOf({ stack: { description } }: World): Promise<string> {
  const answer = await fetch(`${description.issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`operator:${description.clients['operator']?.secret ?? ''}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: description.cc }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
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
  const wrong = await startNextVersion(world, { program: SKEWED, environment: { CLOCK_SKEW_MS: '50000' } });
  try {
    await world.witness.ask({ act: 'bases', bases: [await wrong.ready], obeysReadiness: false });
    await scene.placeUntil(Promise.all([wait(3_000), whenFelt(async () => unless({ 'an event that is ahead of its time': (await skews(scene)).ahead > 0 }))]), 200);
    wrong.signal('SIGUSR2');
    await scene.placeUntil(Promise.all([wait(4_000), whenFelt(async () => unless({ 'an event that is behind its time': (await skews(scene)).behind > 0 }))]), 200);
    const { ahead, behind } = await skews(scene);
    scene.note(`${ahead} events are dated ahead of their time, and ${behind} behind it`);
    await wrong.stop();
  } finally {
    wrong.signal('SIGKILL');
    world.process('cc').release();
    await world.witness.ask({ act: 'bases', bases: [own], obeysReadiness: false });
  }
  await whenReady(world, 'cc');
  scene.ended();
}

/** Own events of the scenario's orders, by how far their own time is from that of the database. */
async function skews({ world, label }: Scene): Promise<{ readonly ahead: number; readonly behind: number }> {
  const [row] = await world.rows<{ ahead: number; behind: number }>('cc', `SELECT count(*) FILTER (WHERE occurred_at > recorded_at + interval '40 s')::int AS ahead, count(*) FILTER (WHERE occurred_at < recorded_at - interval '40 s')::int AS behind
    FROM events WHERE origin = 'own' AND subject IN (SELECT order_id FROM orders WHERE idempotency_key LIKE $1)`, [`${label}-%`]);
  return row ?? { ahead: 0, behind: 0 };
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

/** 0 without an answer. */
async function statusOf(url: string, token?: string): Promise<number> {
  return fetch(url, { signal: AbortSignal.timeout(5_000), headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }).then(({ status }) => status, () => 0);
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
    await scene.placeUntil(Promise.all([wait(2_000), whenFelt(async () => {
      const bases = new Set(answers(scene).map(({ base: one }) => one));
      return unless({ 'an answer of the old version': bases.has(own), 'an answer of the newer version': bases.has(base), 'an order that the newer version has noted': (await noted(world)) > 0 });
    })]), 100);
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
  scene.note(`the newer version has noted ${await noted(world)} orders`);
  await world.rows('cc', "DROP TABLE gift_notes; ALTER TABLE orders DROP COLUMN gift_note; DELETE FROM migrations WHERE name = 'gift-notes-1'");
  scene.ended();
}

async function noted(world: World): Promise<number> {
  const [row] = await world.rows<{ count: number }>('cc', 'SELECT count(*)::int AS count FROM gift_notes');
  return row?.count ?? 0;
}

async function noWay(scene: Scene): Promise<void> {
  const { front } = scene.world;
  let [there, back, turnsAtMs] = [0, 0, 0];
  await during(scene, 5_000, () => {
    turnsAtMs = performance.now() + 2_500;
    front.react = () => {
      const forward = there > 0 && performance.now() > turnsAtMs;
      if (forward) back += 1;
      else there += 1;
      return { forward, answer: 'cut' };
    };
  }, () => (front.react = HAND_ON), () => unless({ 'a call that was cut on its way there': there > 0, 'a call whose answer was cut': back > 0 }));
  scene.note(`${there} calls were cut on their way there, ${back} on their way back`);
}

const OVERLOAD_MS = 6_000;
const CALM_EVERY_MS = 100;
/** So much work is taken: what is done in so many seconds. */
const TAKEN_SECONDS = 2;
const LEAST_TAKEN = 20;

async function overload(scene: Scene): Promise<void> {
  const { world, label } = scene;
  await scene.place(20, CALM_EVERY_MS);
  const calm = p99(answers(scene));
  const beganMs = performance.now();
  // As many at once as are done in a while: that is what it can do.
  await scene.place(60, 0);
  await eventually('the end of 60 orders', async () => ((await open(scene)) === 0 ? true : undefined), 60_000);
  const perSecond = 60_000 / (performance.now() - beganMs);
  const own = world.stack.description.cc;
  // Where the limit of open orders is comes from what this machine can do, so that five times as much is too much on any.
  const limit = Math.max(LEAST_TAKEN, Math.round(TAKEN_SECONDS * perSecond));
  const other = await startNextVersion(world, { program: SAME_VERSION, environment: { ORDERS_BACKLOG_LIMIT: String(limit) } });
  try {
    await world.witness.ask({ act: 'bases', bases: [await other.ready], obeysReadiness: false });
    const count = Math.max(3 * limit, Math.round((5 * perSecond * OVERLOAD_MS) / 1_000));
    const accepted = await world.witness.ask({ act: 'once', scenario: label, from: 100_000, count, everyMs: OVERLOAD_MS / count });
    const refused = answers(scene).filter(({ status }) => status === 429 || status === 503).length;
    scene.ended();
    if (refused === 0) throw new Error(`none of ${count} orders was refused, and ${limit} may be open`);
    await eventually('the end of most', async () => ((await open(scene)) < LEAST_TAKEN / 2 ? true : undefined), 90_000);
    const seen = answers(scene).length;
    await scene.place(20, CALM_EVERY_MS);
    const after = p99(answers(scene).slice(seen));
    scene.note(`${perSecond.toFixed(0)} orders/s are done, ${limit} may be open; of ${count} in ${OVERLOAD_MS / 1_000} s ${accepted} were accepted and ${refused} refused; p99 of an answer ${calm} ms before, ${after} ms after`);
    if (after > Math.max(4 * calm, 1_000)) throw new Error(`the p99 of an answer is ${after} ms afterwards, ${calm} ms before`);
  } finally {
    await world.witness.ask({ act: 'bases', bases: [own], obeysReadiness: false });
    const how = await other.stop();
    if (how !== 'exit code 0') scene.note(`the other process ended of ${how}`);
  }
}

/** Orders of the scenario that are not at their end. */
async function open({ world, label }: Scene): Promise<number> {
  const [row] = await world.rows<{ count: number }>('cc', "SELECT count(*)::int AS count FROM orders WHERE idempotency_key LIKE $1 AND status NOT IN ('completed', 'cancelled')", [`${label}-%`]);
  return row?.count ?? 0;
}

function p99(all: readonly AnswerLine[]): number {
  const sorted = all.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}
