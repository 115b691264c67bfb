/** What docs/webhooks.md tells receivers to write, run as it stands there, against messages as they are signed. */
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { webhookSigner } from '@commerce/events/webhook-signing';
import type { WebhookSecret } from '@commerce/events/webhook-signing';

const PAGE = readFileSync(join(import.meta.dirname, '../../../../../docs/webhooks.md'), 'utf8');
/** The lines of the page for whoever writes a receiver; before them stands a whole program. */
const snippet = (language: string): string => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].at(-1)?.[1] ?? '';
const run = promisify(execFile);

const NOW_MS = Date.parse('2026-11-21T18:00:00.000Z');
const [STANDARD, OWN, OTHER] = [`whsec_${randomBytes(32).toString('base64')}`, 'correct-horse-battery-staple-42', `whsec_${randomBytes(32).toString('base64')}`] as [string, string, string];
const BODY = '{"id":"e-1","event":"order.created","data":{"customer":"Ünal"}}';

interface Case {
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly nowMs: number;
}

function signed(secrets: readonly string[], atMs = NOW_MS): Record<string, string> {
  const headers = webhookSigner(secrets.map((secret): WebhookSecret => ({ kind: 'hmac', secret })))({ webhookId: 'w', event: 'order.created', eventId: 'e-1', timestamp: atMs / 1_000, body: Buffer.from(BODY) });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const genuine = { secret: STANDARD, headers: signed([STANDARD]), body: BODY, nowMs: NOW_MS };
const CASES: readonly (readonly [string, Case, boolean])[] = [
  ['a message', genuine, true],
  ['one under a secret of the owner\'s own', { ...genuine, secret: OWN, headers: signed([OWN]) }, true],
  ['one while the secret is changed, by the new one', { ...genuine, headers: signed([STANDARD, OTHER]) }, true],
  ['one while the secret is changed, by the one before', { ...genuine, headers: signed([OTHER, STANDARD]) }, true],
  ['one five minutes old', { ...genuine, nowMs: NOW_MS + 300_000 }, true],
  ['one that is older', { ...genuine, nowMs: NOW_MS + 301_000 }, false],
  ['one from the future', { ...genuine, nowMs: NOW_MS - 301_000 }, false],
  ['one under another secret', { ...genuine, secret: OTHER }, false],
  ['another body', { ...genuine, body: `${BODY} ` }, false],
  ['another id', { ...genuine, headers: { ...genuine.headers, 'webhook-id': 'e-2' } }, false],
  ['no signature', { ...genuine, headers: { 'webhook-id': 'e-1', 'webhook-timestamp': String(NOW_MS / 1_000) } }, false],
  ['a time that is none', { ...genuine, headers: { ...genuine.headers, 'webhook-timestamp': 'now' } }, false],
];

describe('S19: the lines for receivers', () => {
  test('in Node tell a genuine message from any other', async () => {
    const script = `${snippet('js')}\nconst cases = ${JSON.stringify(CASES.map(([, given]) => given))};\nconsole.log(JSON.stringify(cases.map(({ secret, headers, body, nowMs }) => isGenuine(secret, headers, Buffer.from(body), nowMs))));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(told(stdout)).toEqual(CASES.map(([name, , expected]) => [name, expected]));
  });

  // The project itself needs no Python.
  const testPython = spawnSync('python3', ['--version']).status === 0 ? test : test.skip;
  testPython('in Python tell a genuine message from any other', async () => {
    const cases = JSON.stringify(CASES.map(([, given]) => given));
    const script = `${snippet('python')}\nimport json, sys\nprint(json.dumps([is_genuine(c["secret"], c["headers"], c["body"].encode(), c["nowMs"] / 1000) for c in json.loads(sys.argv[1])]))`;
    const { stdout } = await run('python3', ['-c', script, cases]);
    expect(told(stdout)).toEqual(CASES.map(([name, , expected]) => [name, expected]));
  });
});

function told(stdout: string): [string, boolean][] {
  return (JSON.parse(stdout) as boolean[]).map((answer, index) => [CASES[index]?.[0] ?? '', answer]);
}
