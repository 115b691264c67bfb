/** The example of the README is a whole program: it runs as it stands there. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { secretKey } from '@commerce/http-signatures/keys';
import { readSignedRequest } from '@commerce/http-signatures/signed-request';
import { accept, problem, startServer } from './test-servers.ts';
import type { Play } from './test-servers.ts';

const PACKAGE = join(import.meta.dirname, '..');
const SECRET = Buffer.alloc(32, 7).toString('base64');
const [, EXAMPLE = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(PACKAGE, 'README.md'), 'utf8')) ?? [];

/** What the program prints while the service plays this. */
async function run(play: Play): Promise<string> {
  const server = await startServer(play);
  const env = { ...process.env, OF_URL: server.url, OF_KEYID: 'acme-1', OF_SECRET: SECRET, NODE_OPTIONS: '' };
  const args = ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '--eval', EXAMPLE];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE, env, timeout: 20_000 });
  await server.close();
  return stdout;
}

test('the example has ten lines, is accepted with its signature, and says when it is refused', async () => {
  expect(EXAMPLE.trim().split('\n').filter((line) => line !== '')).toHaveLength(10);
  const verify: Play = (response, seen) => {
    const headers = Object.entries(seen.headers).flatMap(([name, value]) => [name, String(value)]);
    const request = { method: seen.method, url: `http://${seen.headers.host}${seen.path}`, headers, rawBody: Buffer.from(seen.body) };
    const genuine = readSignedRequest(request, { nowS: Date.now() / 1_000 }).isBy({ alg: 'hmac-sha256', secret: secretKey(SECRET) });
    if (genuine) accept(response, seen);
    else problem(response, 401, 'signature_invalid');
  };
  const printed = await Promise.all([run(verify), run((response) => problem(response, 422, 'no_provider')), run((response) => problem(response, 503, 'unavailable'))]);
  expect(printed).toEqual(['taken: accepted\n', 'never: no_provider\n', 'the same again, later\n']);
});
