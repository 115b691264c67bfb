/**
 * The commands of whoever keeps a log, over its database: verify it, print its heads, divide a reader anew, begin a new epoch.
 *
 * Promise: says what it did in a few lines, or with `--json` in one document; what is found wrong is told line by line, and the
 * exit code is 1. It prints no secret.
 */
import { headsIn } from '@commerce/events/signed-head';
import type { Pool } from 'pg';
import { parseArgs } from 'node:util';
import { bumpEpoch, readEpoch } from './epoch.pg.ts';
import { NotRepartitioned, repartition, takeBackHalt } from './repartition.pg.ts';
import type { Head } from './seal-head.ts';
import { judgingKeys, sealKey } from './seal-head.ts';
import { readHeads } from './seals.pg.ts';
import { verifyLog } from './verify-log.pg.ts';
import type { Finding } from './verify-seal.ts';

/** What a command needs of its process. */
export interface CommandWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens the database that DATABASE_URL names; whoever runs the command closes it. */
  readonly openPool: () => Pool;
  readonly readText: (path: string) => Promise<string>;
  readonly randomBytes: (count: number) => Buffer;
  readonly out: (line: string) => void;
  /** For what is not the result. */
  readonly err: (line: string) => void;
  /** Unix ms. */
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export const USAGE = `node packages/event-log/src/main.ts COMMAND, with DATABASE_URL in the environment

  verify [--public-key KEY …] [--heads FILE] [--json]
      Holds every event against its seal and its digest. Signatures of heads are judged by SEAL_KEY, SEAL_KEYS_BEFORE and the
      keys given here; with --heads also those that were kept elsewhere, as "heads" prints them or as lines of the log file of the
      service have them. Exit code 1 when something is found.
  heads [--after SEAL]
      Prints the signed heads, one JSON document in each line: keep them where nobody who writes the database can write.
  key [--new]
      Prints the public key of SEAL_KEY; with --new a new secret and its public key.
  repartition READER PARTITIONS [--timeout SECONDS]
      Divides the slots of a reader anew, while its processes run. The timeout is 60 s.
  repartition READER --cancel
      Lets a reader go on that was left halting.
  epoch [--bump [--even-so]]
      Says whether the log is where it was written; with --bump begins a new epoch after a restore. On Aurora, where a restore is
      not to be seen, with --even-so.
`;

/** Runs one command; gives the exit code: 0 done, 1 something was found or it cannot be done, 2 given wrongly. */
export async function runCommand(args: readonly string[], world: CommandWorld): Promise<number> {
  const [name = '', ...rest] = args;
  const command = COMMANDS[name];
  if (command === undefined) {
    world.err(USAGE);
    return name === '--help' || name === 'help' ? 0 : 2;
  }
  try {
    return await command(rest, world);
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (String(code).startsWith('ERR_PARSE_ARGS')) {
      world.err(`${message}\n\n${USAGE}`);
      return 2;
    }
    throw error;
  }
}

const COMMANDS: Readonly<Record<string, (args: string[], world: CommandWorld) => Promise<number>>> = { verify, heads, key, repartition: divide, epoch };

async function verify(args: string[], world: CommandWorld): Promise<number> {
  const { values } = parseArgs({ args, options: { 'public-key': { type: 'string', multiple: true }, heads: { type: 'string' }, json: { type: 'boolean' } } });
  const { env, nowMs, signal } = world;
  const keys = judgingKeys(env['SEAL_KEY'], env['SEAL_KEYS_BEFORE'], values['public-key']);
  const kept = values.heads === undefined ? [] : headsIn(await world.readText(values.heads));
  const findings: Finding[] = [];
  let toldMs = world.monotonicMs();
  const result = await verifyLog({
    pool: world.openPool(), nowMs, keys, kept, signal,
    onFinding: (finding) => {
      if (values.json !== true) world.out(lineOf(finding));
      else if (findings.length < MAX_FINDINGS) findings.push(finding);
    },
    onProgress: ({ seals, ofSeals, events }) => {
      if (world.monotonicMs() - toldMs < PROGRESS_EVERY_MS) return;
      toldMs = world.monotonicMs();
      world.err(`${seals} of ${ofSeals} seals, ${events} events`);
    },
  });
  if (values.json === true) world.out(JSON.stringify({ ...result, signaturesJudged: keys.size > 0, list: findings }));
  else {
    world.out(`${result.seals} seals, ${result.events} sealed events, ${result.gone} gone by retention, ${result.unsealed} not sealed yet, ${result.heads} heads`);
    if (result.unprovable > 0) world.out(`${result.unprovable} events of other services came in a form that is not kept: their seals hold them, their digests say nothing`);
    if (keys.size === 0 && result.heads > 0) world.out('Signatures were not judged: give --public-key, or SEAL_KEY');
    world.out(result.findings === 0 ? 'All is as it was sealed.' : `${result.findings} findings.`);
  }
  return result.findings === 0 ? 0 : 1;
}

const PROGRESS_EVERY_MS = 2_000;
const MAX_FINDINGS = 10_000;

function lineOf({ kind, seal, eventId, position, text }: Finding): string {
  const what = eventId === null ? '' : ` event ${eventId}${position === null ? '' : ` at position ${position}`}`;
  return `${kind.toUpperCase()}${seal === null ? '' : ` seal ${seal}`}${what}: ${text}`;
}

async function heads(args: string[], world: CommandWorld): Promise<number> {
  const { values } = parseArgs({ args, options: { after: { type: 'string' } } });
  const pool = world.openPool();
  let after: Pick<Head, 'seal' | 'keyId'> | undefined = values.after === undefined ? undefined : { seal: Number(values.after), keyId: '~' };
  for (;;) {
    const page = await readHeads(pool, after, HEADS_AT_ONCE);
    for (const head of page) world.out(JSON.stringify(head));
    after = page.at(-1);
    if (page.length < HEADS_AT_ONCE || world.signal.aborted) return 0;
  }
}

const HEADS_AT_ONCE = 500;

async function key(args: string[], world: CommandWorld): Promise<number> {
  const { values } = parseArgs({ args, options: { new: { type: 'boolean' } } });
  const secret = values.new === true ? world.randomBytes(32).toString('base64') : world.env['SEAL_KEY'];
  if (secret === undefined || secret === '') {
    world.err('SEAL_KEY is not set. A new one: key --new');
    return 1;
  }
  const { publicKey, keyId } = sealKey(secret);
  if (values.new === true) world.out(`SEAL_KEY=${secret}`);
  world.out(`public key ${publicKey}`);
  world.out(`key id ${keyId}`);
  return 0;
}

async function divide(args: string[], world: CommandWorld): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { timeout: { type: 'string', default: '60' }, cancel: { type: 'boolean' } } });
  const [reader, partitions] = positionals;
  if (reader === undefined || (partitions === undefined && values.cancel !== true)) {
    world.err(USAGE);
    return 2;
  }
  const pool = world.openPool();
  if (values.cancel === true) {
    world.out((await takeBackHalt(pool, reader)) ? `${reader} goes on as it was.` : `${reader} does not halt.`);
    return 0;
  }
  try {
    const { before, after } = await repartition({ ...world, pool, reader, partitions: Number(partitions), timeoutMs: Number(values.timeout) * 1_000 });
    world.out(`${reader} had ${before} partitions and has ${after} now.`);
    return 0;
  } catch (error) {
    if (!(error instanceof NotRepartitioned)) throw error;
    world.err(error.message);
    return 1;
  }
}

async function epoch(args: string[], world: CommandWorld): Promise<number> {
  const { values } = parseArgs({ args, options: { bump: { type: 'boolean' }, 'even-so': { type: 'boolean' } } });
  const pool = world.openPool();
  if (values.bump !== true) {
    const state = await readEpoch(pool);
    world.out(`epoch ${state.epoch}: ${state.here ? 'the log is where it was written' : 'the log was restored, copied or promoted; run: epoch --bump'}`);
    return state.here ? 0 : 1;
  }
  const state = await bumpEpoch(pool, { evenSo: values['even-so'] === true });
  world.out(state.bumped ? `Epoch ${state.epoch} has begun.` : `The log is where it was written: epoch ${state.epoch} stays. If it was restored all the same, add --even-so.`);
  return 0;
}
