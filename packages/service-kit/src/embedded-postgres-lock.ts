/**
 * The lock file of a data directory, `postmaster.pid`.
 * Promise: a lock left by a crash is removed even when its process number was given to another program since; a lock of
 * a living server is never touched.
 */
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './thrown.ts';

/** The data directory belongs to a server that is running. */
export class DirectoryHeld extends Error {
  override readonly name = 'DirectoryHeld';
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`The database directory ${dataDir} is in use by the PostgreSQL server with process number ${pid}. Stop it first, or use another directory.`);
    this.pid = pid;
  }
}

/** Removes a stale lock. Throws DirectoryHeld when the server that wrote it is alive. */
export async function clearStaleLock(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  const content = await readFile(lockFile, 'utf8').catch(() => undefined);
  if (content === undefined) return;
  const pid = Number.parseInt(content, 10);
  if (Number.isInteger(pid) && pid > 0 && isAlive(pid) && (await mayServe(pid, dataDir))) throw new DirectoryHeld(dataDir, pid);
  await rm(lockFile, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** A server works inside its data directory. Where that cannot be looked up, it is assumed. */
async function mayServe(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDir));
  } catch (error) {
    return errorCode(error) !== 'ENOENT';
  }
}
