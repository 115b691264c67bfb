/**
 * A filesystem of a few MiB in memory under a part of the database, which can be filled to its last byte. Under the tables: they cannot grow
 * then, and the server answers what writes with 53100. Under its log of writes (pg_wal): the server ends itself, for it can promise nothing.
 */
import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, renameSync, rmdirSync, rmSync, statSync, symlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { eventually } from '../kit/eventually.ts';
import { whenReady } from './world.ts';
import type { World } from './world.ts';

export interface SmallDisk {
  /** Takes all that is free. Gives how many bytes that was. */
  fill(): number;
  /** Gives back what `fill` took. */
  free(): void;
  /** What lies on it moves back to where it was, and the filesystem is unmounted. */
  back(): Promise<void>;
}

interface Mounted extends Omit<SmallDisk, 'back'> {
  readonly path: string;
  unmount(): Promise<void>;
}

const run = promisify(execFile);
const SERVICES = ['cc', 'of'] as const;
/** Beside what is moved there: what the orders of a scenario need. */
const ROOM_BYTES = 32 * 1_048_576;
const LARGEST_PIECE_BYTES = 65_536;
const MOVE_LIMIT_MS = 30_000;
const IN_USE = '55006';

/** Why no filesystem can be mounted here; null when one can. */
export async function whyNoSmallDisk(): Promise<string | null> {
  const path = mkdtempSync(join(tmpdir(), 'faults-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]);
    await run('umount', [path]);
    return null;
  } catch (error) {
    return `a filesystem cannot be mounted here (${String((error as { stderr?: string }).stderr ?? error).trim()})`;
  } finally {
    rmdirSync(path);
  }
}

/** Moves both databases onto one; the services are killed for it, and stand again when it resolves. */
export async function tablesOnSmallDisk(world: World): Promise<SmallDisk> {
  const { ccDatabaseUrl, ofDatabaseUrl } = world.stack.description.inside;
  const names = [ccDatabaseUrl, ofDatabaseUrl].map((url) => new URL(url).pathname.slice(1));

  /** A database can move while nobody is connected to it. */
  async function move(tablespace: string): Promise<void> {
    await Promise.all(SERVICES.map((service) => world.process(service).hold()));
    for (const name of names) {
      await eventually(`the move of ${name}`, async () => {
        await asSuperuser(world, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
        return asSuperuser(world, `ALTER DATABASE ${pg.escapeIdentifier(name)} SET TABLESPACE ${tablespace}`).then(() => true, (error: pg.DatabaseError) => (error.code === IN_USE ? undefined : Promise.reject(error)));
      }, MOVE_LIMIT_MS);
    }
    for (const service of SERVICES) world.process(service).release();
    await Promise.all(SERVICES.map((service) => whenReady(world, service)));
  }

  const [databases] = await asSuperuser<{ bytes: string }>(world, 'SELECT sum(pg_database_size(datname)) AS bytes FROM pg_database WHERE datname = ANY ($1)', [names]);
  const { path, fill, free, unmount } = await mount(world, Number(databases?.bytes) + ROOM_BYTES);
  await asSuperuser(world, `CREATE TABLESPACE small_disk LOCATION ${pg.escapeLiteral(path)}`);
  await move('small_disk');
  return {
    fill, free,
    async back() {
      free();
      await move('pg_default');
      await asSuperuser(world, 'DROP TABLESPACE small_disk');
      await unmount();
    },
  };
}

/** Moves `pg_wal` onto one, which holds what is there and a little more; the server is stopped for it, and stands again when it resolves. */
export async function logOnSmallDisk(world: World): Promise<SmallDisk> {
  const [wal, kept] = ['pg_wal', 'pg_wal.kept'].map((name) => join(world.directory, 'postgres', name)) as [string, string];
  const [log] = await asSuperuser<{ bytes: string }>(world, 'SELECT sum(size) AS bytes FROM pg_ls_waldir()');
  const { path, fill, free, unmount } = await mount(world, Number(log?.bytes) + ROOM_BYTES);
  await world.database.server().stop();
  await run('cp', ['-a', `${wal}/.`, path]);
  renameSync(wal, kept);
  symlinkSync(path, wal);
  await world.database.start();
  return {
    fill, free,
    async back() {
      free();
      await world.database.server().stop();
      rmSync(wal);
      rmSync(kept, { recursive: true });
      await run('cp', ['-a', path, wal]);
      await unmount();
      await world.database.start();
    },
  };
}

/** One statement past the proxy; gives its rows. */
export async function asSuperuser<Row extends object>(world: World, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: world.database.server().superuserUrl, application_name: 'judge' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
}

async function mount(world: World, bytes: number): Promise<Mounted> {
  const path = mkdtempSync(join(tmpdir(), 'faults-disk-'));
  const filler = join(path, 'filler');
  const { uid, gid } = statSync(join(world.directory, 'postgres'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},uid=${uid},gid=${gid},mode=0700`, 'tmpfs', path]);
  let isMounted = true;
  const unmount = async (): Promise<void> => {
    if (!isMounted) return;
    isMounted = false;
    await run('umount', ['--lazy', path]);
    rmdirSync(path);
  };
  world.atEnd(unmount);
  return {
    path, unmount,
    fill() {
      const descriptor = openSync(filler, 'w');
      let taken = 0;
      for (let piece = LARGEST_PIECE_BYTES; piece >= 1; ) {
        try {
          taken += writeSync(descriptor, Buffer.alloc(piece));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          piece = Math.floor(piece / 2);
        }
      }
      closeSync(descriptor);
      return taken;
    },
    free: () => rmSync(filler, { force: true }),
  };
}
