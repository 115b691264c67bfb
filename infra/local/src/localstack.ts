// `pnpm localstack`: the CDK app on a LocalStack, and the end-to-end suite or the pair against it. See localstack/arguments.ts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { declareConfig, readConfig, text, url } from '@commerce/service-kit/config';
import { readArguments, USAGE } from './localstack/arguments.ts';
import type { LocalStackArguments } from './localstack/arguments.ts';
import { deploy } from './localstack/deploy.aws.ts';
import type { Deployment } from './localstack/deploy.aws.ts';
import { installLocalStack, startLocalStack } from './localstack/host.ts';
import type { LocalStackHost } from './localstack/host.ts';
import { choosePorts } from './ports.ts';
import { writePrivateFile } from './private-file.ts';
import { placesIn, stackTemplates } from './stack-templates.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Among what is installed: nothing of it belongs to the project. */
const HOST_FOLDER = join(ROOT, 'node_modules/.cache/localstack');
/** What is about LocalStack alone, and each file that runs on both. One after another, for there is one LocalStack. */
const SUITE = ['test/localstack', 'test/aws-semantics', 'test/e2e'];

const declaration = declareConfig('LocalStack', {
  url: url('LOCALSTACK_URL', { meaning: 'address of the LocalStack', default: 'http://127.0.0.1:4566', protocols: ['http', 'https'] }),
  dataDirectory: text('DATA_DIR', { meaning: 'folder of localstack.json', default: '.data' }),
  extraStacks: text('EXTRA_STACKS', { meaning: 'CloudFormation templates of further clients, paths with commas between them', optional: true }),
});

const asked = new AbortController();
const began = performance.now();
process.on('SIGINT', giveUp).on('SIGTERM', giveUp).on('SIGHUP', giveUp);

function giveUp(): void {
  if (asked.signal.aborted) process.exit(130);
  asked.abort(new Error('given up'));
}

async function main(given: LocalStackArguments): Promise<number> {
  const config = readConfig(declaration, process.env);
  const host = given.host ? await ownLocalStack() : undefined;
  try {
    const address = (host?.url ?? config.url).replace(/\/$/, '');
    const deployment = await deploy(address, stackTemplates(config.extraStacks?.split(',') ?? []), asked.signal);
    report(deployment);
    return await act(given, deployment, { host, dataDirectory: config.dataDirectory });
  } finally {
    await host?.stop();
  }
}

async function ownLocalStack(): Promise<LocalStackHost> {
  if (await installLocalStack(HOST_FOLDER, asked.signal)) console.log(`LocalStack is installed${soFar()}`);
  const { LOCALSTACK_PORT } = await choosePorts({ LOCALSTACK_PORT: 0 });
  const host = await startLocalStack(HOST_FOLDER, LOCALSTACK_PORT, asked.signal);
  console.log(`LocalStack (${host.pid}) answers at ${host.url}${soFar()}`);
  return host;
}

async function act(given: LocalStackArguments, deployment: Deployment, { host, dataDirectory }: { host: LocalStackHost | undefined; dataDirectory: string }): Promise<number> {
  const environment = { LOCALSTACK_URL: deployment.url };
  if (given.mode === 'suite') {
    // With a file among what is handed on, only such files are run.
    const files = given.jest.some((one) => existsSync(join(ROOT, one))) ? [] : SUITE;
    const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...files, '--runInBand', ...given.jest];
    return runNode(jest, { ...environment, LONG: '1', CDK_VALIDATION: 'false' });
  }
  if (given.mode === 'stay') return runNode([join(import.meta.dirname, 'dev.ts')], environment);
  const path = writeDescription(dataDirectory, deployment);
  console.log(`\nWhat was made stands in ${path}`);
  if (host !== undefined) {
    console.log('Ctrl-C ends LocalStack.');
    await once(asked.signal, 'abort');
  }
  return 0;
}

/** Runs to its end with our own channels; gives its exit code. What we are asked to end is asked with us. */
async function runNode(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, words, { cwd: ROOT, env: { ...process.env, ...environment }, stdio: 'inherit' });
  const hand = (): void => void child.kill('SIGTERM');
  asked.signal.addEventListener('abort', hand, { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  asked.signal.removeEventListener('abort', hand);
  return code ?? 1;
}

function report({ url: address, version, outputs, archives, leftOut }: Deployment): void {
  console.log(`${Object.keys(outputs).join(', ')} on LocalStack ${version} at ${address}${soFar()}`);
  console.log(`  ${archives.length} archives made beside CloudFormation; LocalStack has no provider for:`);
  const reasons = new Map(leftOut.map(({ type, reason }) => [type, reason]));
  for (const [type, reason] of reasons) console.log(`  ${`${leftOut.filter((one) => one.type === type).length} × ${type}`.padEnd(36)}${reason}`);
}

function writeDescription(dataDirectory: string, { url: aws, outputs }: Deployment): string {
  const path = join(resolve(dataDirectory), 'localstack.json');
  mkdirSync(resolve(dataDirectory), { recursive: true, mode: 0o711 });
  writePrivateFile(path, `${JSON.stringify({ aws, ...placesIn(outputs), outputs }, null, 2)}\n`);
  return path;
}

function soFar(): string {
  return ` (${((performance.now() - began) / 1_000).toFixed(1)} s)`;
}

try {
  const given = readArguments(process.argv.slice(2));
  if (given === undefined) console.log(USAGE);
  else process.exitCode = await main(given);
} catch (error) {
  if (!asked.signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = asked.signal.aborted ? 130 : 1;
}
