/** pgbench, where it is installed: the ceiling of transactions without anything in front of them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** Its path; undefined where there is none. */
export async function findPgbench(): Promise<string | undefined> {
  if (spawnSync('pgbench', ['--version']).status === 0) return 'pgbench';
  const versions = await readdir(DEBIAN).catch(() => []);
  return versions.sort().reverse().map((version) => join(DEBIAN, version, 'bin', 'pgbench')).find((path) => spawnSync(path, ['--version']).status === 0);
}

export interface Transactions {
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
  readonly variables?: Readonly<Record<string, number>>;
}

/** Transactions per second. */
export async function runPgbench(pgbench: string, url: string, { script, clients, seconds, variables = {} }: Transactions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'script.sql');
    await writeFile(file, script);
    const { hostname, port, username, pathname, password } = new URL(url);
    const parameters = ['-n', '-M', 'prepared', '-f', file, '-c', String(clients), '-j', '1', '-T', String(seconds), ...Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]), '-h', hostname, '-p', port, '-U', username, pathname.slice(1)];
    const child = spawn(pgbench, parameters, { env: { ...process.env, PGPASSWORD: decodeURIComponent(password) }, stdio: ['ignore', 'pipe', 'pipe'], timeout: (seconds + 30) * 1_000 });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    await once(child, 'close');
    const told = output.join('');
    const rate = /tps = ([\d.]+)/.exec(told)?.[1];
    if (rate !== undefined) return Number(rate);
    // On a machine that others use fully it may not come to its first transaction.
    if (told.includes('actually processed: 0')) return 0;
    throw new Error(`pgbench said no rate: ${told}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
