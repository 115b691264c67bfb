/** Looks for secrets in every file of the working tree that git does not ignore. Prints each, and ends with 1 when there is one. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { secretsIn } from './secret-scan.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LARGEST_BYTES = 2_000_000;
/** What looks like one and is none, by file and rule. One that is no longer there is taken off. */
const KNOWN: Readonly<Record<string, string>> = {
  'infra/local/src/processes/postgres.long.test.ts PostgreSQLConnection': 'A password that opens nothing.',
  'packages/bus/src/sigv4.test.ts AWSSecretAccessKey': 'The key of the examples that AWS publishes.',
  'packages/service-kit/src/config.test.ts PostgreSQLConnection': 'Must not be repeated in a refusal.',
  'packages/service-kit/src/config.test.ts MySQLConnection': 'Must not be repeated in a refusal.',
  'services/commerce-coordinator/src/extensions/webhooks/address-guard/address-guard.test.ts BasicAuth': 'An address that is refused.',
  'services/commerce-coordinator/src/extensions/webhooks/registration.test.ts BasicAuth': 'An address that is refused.',
};

const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
const files = listed.split('\0').filter((path) => path !== '' && path !== 'pnpm-lock.yaml' && (statSync(join(ROOT, path), { throwIfNoEntry: false })?.size ?? Infinity) < LARGEST_BYTES);
const met = new Set<string>();
let found = 0;
for (const file of files) {
  for (const { line, rule } of await secretsIn(file, readFileSync(join(ROOT, file), 'utf8'))) {
    const known = `${file} ${rule.split('/').at(-1)}`;
    met.add(known);
    if (known in KNOWN) continue;
    found += 1;
    console.log(`${file}:${line} ${rule}`);
  }
}
const idle = Object.keys(KNOWN).filter((known) => !met.has(known));
for (const known of idle) console.log(`is known and not there any more: ${known}`);
console.log(`${files.length} files, ${found} secrets`);
process.exitCode = files.length < 500 || found + idle.length > 0 ? 1 : 0;
