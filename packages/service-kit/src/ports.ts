/**
 * The doors to what is not deterministic: clock, waits, ids, random numbers and fault points.
 * Promise: code that takes these as arguments behaves the same under a simulated clock and a seed.
 * Refuses: a fault point armed in production.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Clock {
  /** Wall time. Never used to order events or to measure a duration. */
  now(): Date;
  /** Milliseconds that only ever grow; for durations and deadlines inside one process. */
  monotonicMs(): number;
}

/** Waits `ms` milliseconds. Rejects with the reason of `signal` as soon as it is aborted and leaves no timer behind. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** A fresh UUIDv7 in its canonical lower-case text form. */
export type MakeUuid = () => string;

/** A number in [0, 1). */
export type Random = () => number;

/** Named places where a test may end the process. `hit` does nothing unless a test has armed the name. */
export interface Faults {
  hit(name: string): void | Promise<void>;
}

export interface Ports {
  clock: Clock;
  sleep: Sleep;
  uuid: MakeUuid;
  random: Random;
  faults: Faults;
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };

export const systemSleep: Sleep = (ms, signal) => {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
};

export const noFaults: Faults = { hit: () => {} };

/** The real ports of a process. The maker of ids is handed in, for this package knows nothing of events. */
export function systemPorts(given: Pick<Ports, 'uuid'> & Partial<Ports>): Ports {
  return { clock: systemClock, sleep: systemSleep, random: Math.random, faults: noFaults, ...given };
}

/**
 * Arms fault points for a test: `FAULT_POINTS=name[:nth][,name[:nth]…]` ends this process with SIGKILL when `name` is
 * hit for the nth time (1 when left out). `FAULT_POINTS_FILE` names a file that arms a process which runs already, and the one after it
 * not again; see `pointsOfFile`. Without the variables nothing is armed.
 * Throws when NODE_ENV is production or when the text is malformed.
 */
export function faultsFrom(env: Record<string, string | undefined>): Faults {
  const { FAULT_POINTS: spec, FAULT_POINTS_FILE: file } = env;
  if (!spec && !file) return noFaults;
  if (env['NODE_ENV'] === 'production') throw new Error('FAULT_POINTS and FAULT_POINTS_FILE are for tests: unset them, NODE_ENV is production.');
  return spec ? armedPoints(spec) : pointsOfFile(file as string);
}

function armedPoints(spec: string): Faults {
  const hitsLeft = new Map(spec.split(',').map(parseFaultPoint));
  return {
    hit(name) {
      const left = hitsLeft.get(name);
      if (left === undefined) return;
      if (left === 1) process.kill(process.pid, 'SIGKILL');
      hitsLeft.set(name, left - 1);
    },
  };
}

function parseFaultPoint(text: string): [string, number] {
  const match = /^([A-Za-z0-9._-]+)(?::([1-9]\d*))?$/.exec(text.trim());
  if (!match?.[1]) throw new Error('FAULT_POINTS must read name[:nth][,name[:nth]…], for example "accept.committed:3".');
  return [match[1], Number(match[2] ?? 1)];
}

/**
 * While the file is there, its text `name[:nth][ SIGSTOP]` is armed, whenever it was written: at the nth hit from then on its name
 * becomes `….hit`, with the process and the point in it, and the process gets SIGKILL, or the signal that is named.
 */
function pointsOfFile(file: string): Faults {
  let armed = '';
  let left = 0;
  return {
    hit(name) {
      const text = readIfThere(file);
      if (text === undefined) return;
      const [point = '', signal = 'SIGKILL'] = text.trim().split(' ');
      const [wanted, nth] = parseFaultPoint(point);
      if (text !== armed) [armed, left] = [text, nth];
      if (name !== wanted) return;
      left -= 1;
      if (left > 0) return;
      writeFileSync(file, JSON.stringify({ point: name, pid: process.pid }));
      renameSync(file, `${file}.hit`);
      armed = '';
      process.kill(process.pid, signal);
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
