/**
 * Writes docs/contract from the code, and from it the types of those who call: `pnpm write-docs`. With `accept` the baseline
 * becomes what is written, too, and versions without frozen samples get theirs; without it, what would break somebody is told.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { readApiDescriptions } from './apis.ts';
import { addMissingSamples } from '../event-samples/corpus.ts';
import { breaksOf, readBaseline, writeBaseline, writeContract } from './baseline.ts';
import { writeTypes } from './client-types.ts';
import { contractFiles } from './files.ts';

export async function writeContractFiles({ accept }: { readonly accept: boolean }): Promise<void> {
  const files = await withPostgres(async () => contractFiles(await readApiDescriptions()));
  writeContract(files);
  await writeTypes();
  if (accept) {
    writeBaseline(files);
    addMissingSamples();
    return;
  }
  for (const sentence of breaksOf(readBaseline(), files)) console.error(sentence);
}

/** The services describe themselves only with a database: a throw-away cluster, unless TEST_POSTGRES_URL names one. */
async function withPostgres<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.env['TEST_POSTGRES_URL']) return work();
  const directory = mkdtempSync(join(tmpdir(), 'write-docs-'));
  const server = await startPostgres({ dataDir: join(directory, 'data'), durable: false });
  process.env['TEST_POSTGRES_URL'] = server.superuserUrl;
  try {
    return await work();
  } finally {
    delete process.env['TEST_POSTGRES_URL'];
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
