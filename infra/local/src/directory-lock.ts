// One stack per data directory. The lock is a file that names its holder; it is taken over only when that process is gone.
// A process number that was given to another program since is told apart by the time that program started, where the system
// says so (Linux); elsewhere a living number is believed.
import { linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { readJsonFile, writePrivateFile } from './private-file.ts';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string(),
  /** Distinguishes two processes with one number; null where the system does not tell. */
  identity: z.string().nullable(),
  /** The address of each service, once they are known. */
  links: z.record(z.string(), z.string()),
});

export type LockHolder = z.infer<typeof holderSchema>;

export type DirectoryLock = {
  /** True when the lock of a process that is gone was taken over: its children may still be ending. */
  readonly takenOver: boolean;
  /** Writes the addresses into the lock, for whoever comes second. */
  publish(links: Readonly<Record<string, string>>): void;
  release(): void;
};

/** The directory belongs to a stack that is running; the message says which. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly holder: LockHolder;

  constructor(directory: string, holder: LockHolder) {
    const links = Object.entries(holder.links).map(([name, url]) => `  ${name.padEnd(7)} ${url}`);
    super(
      [
        `${directory} is already open by pid ${holder.pid}: a stack has been running on it since ${holder.startedAt}.`,
        ...links,
        `Use that one, end it (Ctrl-C there, or: kill ${holder.pid}), or take another directory: DATA_DIR=.data-2 pnpm dev`,
      ].join('\n'),
    );
    this.holder = holder;
  }
}

const TAKEOVER_WAIT_MS = 2_000;

/** Takes the lock, making the directory if need be. Throws DirectoryInUse when a living process holds it. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const path = join(directory, 'stack.lock');
  const holder: LockHolder = { pid: process.pid, startedAt: new Date().toISOString(), identity: identityOf(process.pid), links: {} };
  const takenOver = !createExclusive(path, holder);
  if (takenOver) await takeOver(directory, path, holder);
  return {
    takenOver,
    publish: (links) => writePrivateFile(path, JSON.stringify({ ...holder, links })),
    release: () => rmSync(path, { force: true }),
  };
}

/** Two that find the same dead holder must not both win: the second file decides which of them looks again and replaces it. */
async function takeOver(directory: string, path: string, holder: LockHolder): Promise<void> {
  const guard = `${path}.takeover`;
  const deadline = performance.now() + TAKEOVER_WAIT_MS;
  while (!createExclusive(guard, holder)) {
    if (performance.now() > deadline) throw new Error(`another start is just taking over ${directory}; if there is none, delete ${guard}`);
    await wait(50);
  }
  try {
    const found = readHolder(path);
    if (found !== undefined && isAlive(found)) throw new DirectoryInUse(directory, found);
    writePrivateFile(path, JSON.stringify(holder));
  } finally {
    rmSync(guard, { force: true });
  }
}

/** An unreadable lock is not taken for a free one. */
function readHolder(path: string): LockHolder | undefined {
  const content = readJsonFile(path);
  return content === undefined ? undefined : holderSchema.parse(content);
}

/** Makes the file with its content in one step; false when there is one already. */
function createExclusive(path: string, holder: LockHolder): boolean {
  const draft = `${path}.${process.pid}.draft`;
  writePrivateFile(draft, JSON.stringify(holder));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const identity = identityOf(holder.pid);
  return identity === null || holder.identity === null || identity === holder.identity;
}

/** Boot and start time of a process on Linux, from its 22nd field in /proc; null elsewhere. */
function identityOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
  } catch {
    return null;
  }
}
