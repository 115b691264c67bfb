// The ports of the local stack: a given one must be free, or gives way to the next free one where it may; a 0 takes a free one. Free
// ones are looked for below the range from which systems take ports for outgoing connections, so that a service that is started again
// finds its port still free.
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { portHolder } from './port-holder.ts';

const LOWEST_FREE = 20_000;
const HIGHEST_FREE = 32_000;
const PROBE_INTERVAL_MS = 100;
const HIGHEST_PORT = 65_535;

/** Some of the wanted ports are taken; the message names the variables, who has them where that can be seen, and the mend. */
class PortsTaken extends Error {
  override readonly name = 'PortsTaken';
}

/** A port that was taken, and the one that is used in its place. */
export type Moved = { readonly name: string; readonly from: number; readonly to: number; readonly holder: string | undefined };

export type PortOptions<Name extends string> = {
  /** How long taken ports may take to become free (a stack that was just killed is still ending). */
  readonly waitMs?: number;
  /** Those that may be the next free one when they are taken. */
  readonly movable?: readonly Name[];
  readonly onMoved?: (moved: Moved) => void;
};

/**
 * Variable name → the port to use.
 * @param wanted variable name → port, 0 for any
 */
export async function choosePorts<Name extends string>(wanted: Readonly<Record<Name, number>>, { waitMs = 0, movable = [], onMoved }: PortOptions<NoInfer<Name>> = {}): Promise<Record<Name, number>> {
  const names = Object.keys(wanted) as Name[];
  const fixed = names.filter((name) => wanted[name] !== 0);
  refuseRepeats(fixed, wanted);
  const taken = await stillTaken(fixed, wanted, waitMs);
  const unmovable = taken.filter((name) => !movable.includes(name));
  if (unmovable.length > 0) throw new PortsTaken((await Promise.all(unmovable.map((name) => refusal(name, wanted[name])))).join('\n'));
  const used = new Set<number>(fixed.map((name) => wanted[name]));
  const chosen = {} as Record<Name, number>;
  for (const name of names) {
    if (taken.includes(name)) chosen[name] = await move(name, wanted[name], used, onMoved);
    else chosen[name] = wanted[name] !== 0 ? wanted[name] : await findFree(used);
    used.add(chosen[name]);
  }
  return chosen;
}

function refuseRepeats<Name extends string>(fixed: readonly Name[], wanted: Readonly<Record<Name, number>>): void {
  const repeated = fixed.filter((name) => fixed.some((other) => other !== name && wanted[other] === wanted[name]));
  if (repeated.length > 0) throw new PortsTaken(`${repeated.join(' and ')} name the same port. Give each its own, or 0 for a free one.`);
}

/** Those that are taken when the time is up. */
async function stillTaken<Name extends string>(fixed: readonly Name[], wanted: Readonly<Record<Name, number>>, waitMs: number): Promise<Name[]> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const taken: Name[] = [];
    for (const name of fixed) if (!(await isFree(wanted[name]))) taken.push(name);
    if (taken.length === 0 || performance.now() > deadline) return taken;
    await wait(PROBE_INTERVAL_MS);
  }
}

async function refusal(name: string, port: number): Promise<string> {
  const holder = await portHolder(port);
  return `Port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}. Set ${name} to another port, or to 0 for a free one: ${name}=0 pnpm dev`;
}

/** The next free port above. */
async function move(name: string, from: number, used: ReadonlySet<number>, onMoved: PortOptions<string>['onMoved']): Promise<number> {
  const holder = await portHolder(from);
  for (let to = from + 1; to <= HIGHEST_PORT; to += 1) {
    if (used.has(to) || !(await isFree(to))) continue;
    onMoved?.({ name, from, to, holder });
    return to;
  }
  return findFree(used);
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
