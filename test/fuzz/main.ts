/**
 * Fuzzes both services through their API descriptions: `.ci/fuzz` installs schemathesis and calls this with its path.
 * Everything runs as it does elsewhere: the local stack on free ports, real tokens of its issuer. What is drawn is the same each time.
 * Ends with 0 when no check of schemathesis failed. Its files stay in `$FUZZ_DIR` when that is set.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { StackDescription } from '@commerce/local-stack/stack';
import { tokenOf } from '../kit/tokens.ts';
import { RUNS, configurationOf, identitiesFile } from './configuration.ts';
import type { FuzzRun } from './configuration.ts';

const [schemathesis, ...only] = process.argv.slice(2);
if (schemathesis === undefined) throw new Error('Usage: node test/fuzz/main.ts <path of schemathesis> [run …]');
const LIMIT_MS = 420_000;

const directory = process.env['FUZZ_DIR'] ?? mkdtempSync(join(tmpdir(), 'fuzz-'));
mkdirSync(directory, { recursive: true });
const { DATABASE_URL: _ignored, ...environment } = process.env;
const stack = await startStack({ dataDirectory: join(directory, 'data'), ports: FREE_PORTS, bySku: { A: 'instant', B: 'warehouse', C: 'lms' }, environment });
const limit = AbortSignal.timeout(LIMIT_MS);
try {
  for (const one of RUNS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const started = performance.now();
    const code = await fuzz(one, stack.description);
    console.log(`${one.name}: ${code === 0 ? 'no failures' : `failed with ${code}`} after ${((performance.now() - started) / 1_000).toFixed(0)} s`);
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  await stack.stop();
  if (process.env['FUZZ_DIR'] === undefined) rmSync(directory, { recursive: true, force: true });
}

async function fuzz(one: FuzzRun, description: StackDescription): Promise<number> {
  const folder = join(directory, one.name);
  mkdirSync(folder, { recursive: true });
  const url = one.service === 'order-fulfillment' ? description.of : description.cc;
  const callers = [one.caller, ...(one.peer === undefined ? [] : [one.peer])];
  const tokens = await Promise.all(callers.map(async (clientId) => [clientId, await tokenOf(description, clientId, url)] as const));
  if (one.withoutRecord === true) await removeRecord(`${url}/v1/clients/${one.caller}`, tokens[0]?.[1] ?? '');
  writeFileSync(join(folder, 'identities.json'), identitiesFile(tokens), { mode: 0o600 });
  writeFileSync(join(folder, 'schemathesis.toml'), configurationOf(one, join(folder, 'identities.json')));
  return run([`--config-file=${join(folder, 'schemathesis.toml')}`, 'run', `${url}/openapi.json`, '--no-color'], folder);
}

async function removeRecord(url: string, token: string): Promise<void> {
  const answer = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  if (answer.status !== 204) throw new Error(`DELETE ${url} answered ${answer.status}: ${await answer.text()}`);
}

/** Gives the exit code; what runs longer than all of it may is ended. */
function run(parts: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(schemathesis as string, parts, { cwd, stdio: ['ignore', 'inherit', 'inherit'], signal: limit, killSignal: 'SIGINT' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
