// PostgreSQL as a process of the local stack: starts the embedded server, makes a database and a role per service, and takes the
// server down with itself. If this process was killed, its server lives on; the next one ends that server in order and starts anew.
// The stack's lock on the data directory is what makes that safe: nobody else's server works there.
import { setTimeout as wait } from 'node:timers/promises';
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { DirectoryHeld, startPostgres } from '@commerce/service-kit/embedded-postgres';
import type { EmbeddedPostgres, PostgresOptions } from '@commerce/service-kit/embedded-postgres';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';
import { z } from 'zod';

const ORPHAN_END_LIMIT_MS = 10_000;

const declaration = declareConfig('The embedded PostgreSQL', {
  port: integer('POSTGRES_PORT', { meaning: 'port on 127.0.0.1', maximum: 65_535 }),
  directory: text('POSTGRES_DIR', { meaning: 'the data directory' }),
  databases: text('POSTGRES_DATABASES', { meaning: 'JSON list of {name, role, password}', secret: true }),
});

const databasesSchema = z.array(z.strictObject({ name: z.string(), role: z.string(), password: z.string() }));

const log = createLogger({ name: 'postgres' });

await runMain(
  async ({ env }) => {
    const config = readConfig(declaration, env);
    const server = await startOrReplace({ dataDir: config.directory, port: config.port, log: (line) => console.error(line) });
    for (const database of databasesSchema.parse(JSON.parse(config.databases))) await server.ensureDatabase(database);
    server.process.once('exit', (code) => endWithServer(code));
    return {
      announce: { port: server.port },
      async stop() {
        server.process.removeAllListeners('exit');
        await server.stop();
      },
    };
  },
  { log },
);

/** A server that ends by itself takes this process with it, so that the supervisor starts both again. */
function endWithServer(code: number | null): void {
  log.error({ exitCode: code ?? -1 }, 'the PostgreSQL server has ended');
  process.exit(1);
}

async function startOrReplace(options: PostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await startPostgres(options);
  } catch (error) {
    if (!(error instanceof DirectoryHeld)) throw error;
    await endOrphan(error.pid);
    return startPostgres(options);
  }
}

/** SIGINT is PostgreSQL's fast shutdown. */
async function endOrphan(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + ORPHAN_END_LIMIT_MS;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`the PostgreSQL server ${pid}, left over from a killed process, does not end`);
    await wait(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
