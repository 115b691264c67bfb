// The ports of the local stack: a given one must be free, a 0 takes a free one. Free ones are looked for below the range from
// which systems take ports for outgoing connections, so that a service that is started again finds its port still free.
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const LOWEST_FREE = 20_000;
const HIGHEST_FREE = 32_000;
const PROBE_INTERVAL_MS = 100;

/** Some of the wanted ports are taken; the message names the variables and the mend. */
class PortsTaken extends Error {
  override readonly name = 'PortsTaken';
}

/**
 * Variable name → the port to use.
 * @param wanted variable name → port, 0 for any
 * @param waitMs how long taken ports may take to become free (a stack that was just killed is still ending)
 */
export async function choosePorts<Name extends string>(wanted: Readonly<Record<Name, number>>, waitMs = 0): Promise<Record<Name, number>> {
  const names = Object.keys(wanted) as Name[];
  const fixed = names.filter((name) => wanted[name] !== 0);
  refuseRepeats(fixed, wanted);
  await waitUntilFree(fixed, wanted, waitMs);
  const used = new Set<number>(fixed.map((name) => wanted[name]));
  const chosen = {} as Record<Name, number>;
  for (const name of names) {
    chosen[name] = wanted[name] !== 0 ? wanted[name] : await findFree(used);
    used.add(chosen[name]);
  }
  return chosen;
}

function refuseRepeats<Name extends string>(fixed: readonly Name[], wanted: Readonly<Record<Name, number>>): void {
  const repeated = fixed.filter((name) => fixed.some((other) => other !== name && wanted[other] === wanted[name]));
  if (repeated.length > 0) throw new PortsTaken(`${repeated.join(' and ')} name the same port. Give each its own, or 0 for a free one.`);
}

async function waitUntilFree<Name extends string>(fixed: readonly Name[], wanted: Readonly<Record<Name, number>>, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const taken: Name[] = [];
    for (const name of fixed) if (!(await isFree(wanted[name]))) taken.push(name);
    if (taken.length === 0) return;
    if (performance.now() > deadline) throw new PortsTaken(taken.map((name) => `Port ${wanted[name]} is taken. Set ${name} to another port, or to 0 for a free one.`).join('\n'));
    await wait(PROBE_INTERVAL_MS);
  }
}

async function findFree(used: ReadonlySet<number>): Promise<number> {
  const start = LOWEST_FREE + Math.floor(Math.random() * (HIGHEST_FREE - LOWEST_FREE));
  for (let step = 0; step < HIGHEST_FREE - LOWEST_FREE; step += 1) {
    const port = LOWEST_FREE + ((start - LOWEST_FREE + step) % (HIGHEST_FREE - LOWEST_FREE));
    if (!used.has(port) && (await isFree(port))) return port;
  }
  throw new PortsTaken(`There is no free port from ${LOWEST_FREE} to ${HIGHEST_FREE}.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
