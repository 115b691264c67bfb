/**
 * The broker's jars: Maven fetches them once into a folder of the installed packages, by the versions of pom.xml.
 *
 * Promise: what is found is whole, because a folder gets its name only when all of it is there. Nothing is fetched but by
 * `fetchJars`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const MEMBER = resolve(import.meta.dirname, '..');
const POM = join(MEMBER, 'pom.xml');
const CACHE = resolve(MEMBER, '../../node_modules/.cache/local-kafka');
const FETCH_LIMIT_MS = 300_000;

/** The version of the broker that pom.xml names. */
export const KAFKA_VERSION = /<artifactId>kafka-tools<\/artifactId>\s*<version>([\d.]+)</.exec(readFileSync(POM, 'utf8'))?.[1] ?? '';

/** Where the jars lie, or are to lie. */
export const JARS = join(CACHE, KAFKA_VERSION);

/** Why no broker can be started here; undefined when one can. Looks for Java and the jars, and fetches nothing. */
export function missingForBroker(): string | undefined {
  if (spawnSync('java', ['-version'], { stdio: 'ignore' }).status !== 0) return 'Java is not installed (17 or later is needed)';
  if (!existsSync(JARS)) return `the Kafka broker ${KAFKA_VERSION} is not here: \`pnpm kafka --fetch\` has Maven fetch it`;
  return undefined;
}

/** Has Maven fetch the jars, unless they are there. Throws with Maven's words when it cannot. */
export function fetchJars(): void {
  if (existsSync(JARS)) return;
  const folder = join(CACHE, `.fetching-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const maven = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
    const { status, stdout, stderr, error } = spawnSync('mvn', maven, { encoding: 'utf8', timeout: FETCH_LIMIT_MS });
    if (status !== 0) throw new Error(`Maven did not fetch the Kafka broker: ${error?.message ?? `${stdout}${stderr}`}`);
    // Another process may have been first: its folder is as good.
    if (!existsSync(JARS)) renameSync(folder, JARS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
