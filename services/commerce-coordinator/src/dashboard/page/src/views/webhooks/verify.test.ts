/** The lines that are shown for receivers do what they say, run as they stand there against messages as they are signed. */
import { execFile, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { webhookSigner } from '@commerce/events/webhook-signing';
import { SNIPPETS, trySnippet } from './verify.ts';

const run = promisify(execFile);
const code = (language: string): string => SNIPPETS.find((one) => one.language === language)?.code ?? '';
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const BODY = '{"customer":"Ünal"}';
const signed = (secret: string, body = BODY): Record<string, string> => Object.fromEntries(Object.entries(webhookSigner([{ kind: 'hmac', secret }, { kind: 'hmac', secret: 'another-secret-of-24-characters' }])({ webhookId: 'w', event: 'order.created', eventId: 'e-1', timestamp: 1_700_000_000, body: Buffer.from(body) })).map(([name, value]) => [name.toLowerCase(), value]));
const CASES = [[signed(SECRET), SECRET, BODY], [signed('a-plain-secret-of-24-chars'), 'a-plain-secret-of-24-chars', BODY], [signed(SECRET), SECRET, `${BODY} `], [signed('whsec_AAAA'), SECRET, BODY]] as const;
const EXPECTED = [true, true, false, false];
/** One that cannot be run here says for want of what. */
function testWith(command: string, name: string, body: () => Promise<void>): void {
  if (spawnSync(command, ['--version']).error === undefined) test(name, body);
  else test.skip(`${name} (skipped: there is no ${command} here)`, body);
}

test('Node', async () => {
  const script = `${code('Node')}\nconsole.log(JSON.stringify(${JSON.stringify(CASES)}.map(([headers, secret, body]) => isGenuine(headers, Buffer.from(body), secret))));`;
  expect(JSON.parse((await run(process.execPath, ['--input-type=module', '--eval', script])).stdout)).toEqual(EXPECTED);
});

testWith('python3', 'Python', async () => {
  const script = `${code('Python')}\nimport json, sys\nprint(json.dumps([is_genuine(h, b.encode(), s) for h, s, b in json.loads(sys.argv[1])]))`;
  expect(JSON.parse((await run('python3', ['-c', script, JSON.stringify(CASES)])).stdout)).toEqual(EXPECTED);
});

testWith('openssl', 'Shell', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'verify-'));
  const outcome = async (headers: Readonly<Record<string, string>>, body: string): Promise<boolean> => {
    writeFileSync(join(directory, 'body.json'), body);
    const env = { ...process.env, WEBHOOK_SECRET: SECRET, ID: headers['webhook-id'], TIMESTAMP: headers['webhook-timestamp'], SIGNATURE: headers['webhook-signature'] };
    return run('sh', ['-c', code('Shell')], { cwd: directory, env }).then(() => true, () => false);
  };
  expect([await outcome(signed(SECRET), BODY), await outcome(signed(SECRET), `${BODY} `), await outcome(signed('whsec_AAAA'), BODY)]).toEqual([true, false, false]);
});

testWith('openssl', 'what curl sends is signed as a delivery is', async () => {
  const came: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      came.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    await run('sh', ['-c', trySnippet(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`).code], { env: { ...process.env, WEBHOOK_SECRET: SECRET } });
  } finally {
    server.close();
  }
  const [{ headers, body }] = came as [(typeof came)[0]];
  const own = webhookSigner([{ kind: 'hmac', secret: SECRET }])({ webhookId: 'w', event: 'webhook.test', eventId: 'try-1', timestamp: Number(headers['webhook-timestamp']), body: Buffer.from(body) });
  expect(Object.entries(own).find(([name]) => name.toLowerCase() === 'webhook-signature')?.[1]).toBe(headers['webhook-signature']);
});
