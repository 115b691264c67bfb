/** The kit's own parts, without a service: what it may be told, how it judges, signs, reports, and ends. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, createSecretKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readSignedRequest } from '@commerce/http-signatures/signed-request';
import { readArguments, WrongUsage } from './arguments.ts';
import { CC_FAULTS } from './broken-cc.ts';
import { FAULTS } from './broken-of.ts';
import { CC_PROMISES } from './cc/promises.ts';
import { NOBODY } from './credentials.http.ts';
import { OF_PROMISES, judgeOf } from './of/suite.ts';
import { Broken, NotJudged, must } from './promise.ts';
import { heardInTheEnd } from './of/events.ts';
import type { Exchange, Promised } from './promise.ts';
import { startProxy } from './proxy.http.ts';
import { redactor } from './redact.ts';
import { listLines, reportJson, reportLines } from './report.ts';
import { judgeAll } from './runner.ts';
import type { Result } from './runner.ts';
import { signatureHeaders } from './signing.ts';
import type { SigningKey } from './signing.ts';

const HEARD_IN_THE_END = heardInTheEnd(true).length;

const EXCHANGE: Exchange = {
  method: 'POST', url: 'http://of/v1/fulfillments', headers: { authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln', signature: 'sig=:AAAA:', 'idempotency-key': 'k-1' }, body: '{"a":"the-shared-secret"}',
  status: 500, answerHeaders: { 'content-type': 'text/plain' }, answerBody: '{"access_token":"opaque-token"}', tookMs: 4,
};

describe('the promises', () => {
  const all = [...OF_PROMISES, ...CC_PROMISES];

  test('have ids of their own, each in an area', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(all.filter(({ id }) => !/^[a-z0-9-]+\.[a-z0-9-]+$/.test(id))).toEqual([]);
  });

  test('are named by the planted faults as they are called', () => {
    const ids = new Set(all.map(({ id }) => id));
    expect([...Object.values(FAULTS), ...Object.values(CC_FAULTS)].flatMap(({ breaks }) => breaks.filter((id: string) => !ids.has(id)))).toEqual([]);
  });

  test('are listed with a space between the longest id and its sentence', () => {
    expect(listLines('Title', [{ id: 'a.longest-of-all', sentence: 'One.' }, { id: 'b.c', sentence: 'Two.' }])).toEqual(['Title', '  a.longest-of-all  One.', '  b.c               Two.', '']);
  });

  test('are kept by no service that says yes to everything and does nothing', async () => {
    const yes = await startProxy(async () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }));
    const product = { sku: 'A' };
    const feed = { told: () => [], strange: () => [], isWhole: true, clientIds: [''] };
    const key: SigningKey = { keyid: 'k', alg: 'hmac-sha256', secret: Buffer.alloc(32).toString('base64') };
    const given = {
      url: yes.url, audience: yes.url, first: NOBODY, second: NOBODY, signer: { clientId: '', key }, products: { instant: product, later: [product], failing: product },
      lifecycle: new Set<string>(), batchMaxItems: 10, feed, patienceMs: 50,
    };
    const needsToken = new Set(['oauth', 'other-audience', 'ed25519']);
    try {
      const results = await judgeOf(given, (need) => (needsToken.has(need) ? 'no issuer' : undefined), { signal: AbortSignal.timeout(10_000), report: () => undefined, concurrency: 12, limitMs: 5_000 });
      expect(results.filter(({ verdict }) => verdict === 'kept').map(({ id }) => id)).toEqual([]);
      expect(results.filter(({ verdict, why }) => verdict === 'skipped' && why !== 'no issuer').map(({ id }) => id)).toEqual(results.slice(-HEARD_IN_THE_END).map(({ id }) => id));
    } finally {
      await yes.close();
    }
  });
});

describe('a run', () => {
  const run = (promises: readonly Promised<null>[], limitMs = 1_000, signal = new AbortController().signal): Promise<Result[]> =>
    judgeAll(promises, { open: () => ({ bench: null, lastExchanges: () => [EXCHANGE] }), missing: (need) => (need === 'met' ? undefined : `no ${need}`), concurrency: 2, limitMs, signal, report: () => undefined, nowMs: () => 0 });
  const promised = (id: string, check: () => Promise<void>, needs: string[] = []): Promised<null> => ({ id, sentence: id, needs, check });

  test('tells kept, broken and skipped apart, in the order of the promises', async () => {
    const results = await run([
      promised('slow', () => new Promise((resolve) => setTimeout(resolve, 20)), ['met']),
      promised('broken', async () => must(false, 'It is wrong.')),
      promised('needy', async () => undefined, ['queue']),
      promised('open', () => Promise.reject(new NotJudged('never in time'))),
      promised('bug', () => Promise.reject(new TypeError('fetch failed'))),
    ]);
    expect(results.map(({ id, verdict, why }) => [id, verdict, why])).toEqual([
      ['slow', 'kept', undefined], ['broken', 'broken', 'It is wrong.'], ['needy', 'skipped', 'no queue'], ['open', 'skipped', 'never in time'], ['bug', 'broken', 'fetch failed'],
    ]);
  });

  test('shows the exchanges of the complaint, or the last ones', async () => {
    const own = { ...EXCHANGE, status: 404 };
    const [named, last, told] = await run([
      promised('named', () => Promise.reject(new Broken('x', { exchanges: [own] }))), promised('last', () => Promise.reject(new Broken('x'))), promised('told', () => Promise.reject(new Broken('x', { events: [1] }))),
    ]);
    expect([named, last, told].map((result) => result?.evidence)).toEqual([{ exchanges: [own], events: [] }, { exchanges: [EXCHANGE], events: [] }, { exchanges: [], events: [1] }]);
  });

  test('ends: a promise that is not done in its time is broken, and so is one that the end of the run meets', async () => {
    const never = (): Promise<void> => new Promise(() => undefined);
    expect((await run([promised('a', never)], 30))[0]?.why).toBe('It was not done within 0.03 s.');
    expect((await run([promised('a', never)], 5_000, AbortSignal.timeout(30)))[0]?.why).toBe('The time of the whole run is up.');
  });
});

describe('a report', () => {
  const redact = redactor(['the-shared-secret']);
  const results: Result[] = [
    { id: 'a.kept', sentence: 'It is so.', verdict: 'kept', tookMs: 1 },
    { id: 'a.skipped', sentence: 'It would be so.', verdict: 'skipped', why: 'no queue', tookMs: 0 },
    { id: 'b.broken', sentence: 'It should be so.', verdict: 'broken', why: 'It is not.', tookMs: 2, evidence: redact.evidence({ exchanges: [EXCHANGE], events: [{ token: 'Bearer abc.def' }] }) },
  ];
  const text = reportLines({ subject: 'Order Fulfillment at http://of', results }).join('\n');
  const json = reportJson([{ subject: 's', results }], { startedAt: 'a', endedAt: 'b' });

  test('is a table, with request and answer of what is broken, and the count', () => {
    expect(text).toContain('  kept     a.kept     It is so.');
    expect(text).toContain('(no queue)');
    expect(text).toContain('  BROKEN b.broken: It should be so.\n    It is not.\n    > POST http://of/v1/fulfillments\n');
    expect(text).toContain('    > idempotency-key: k-1');
    expect(text).toContain('    < 500 (4 ms)');
    expect(text).toContain('3 promises: 1 kept, 1 broken, 1 skipped');
  });

  test('is JSON, too', () => {
    expect(JSON.parse(json)).toMatchObject({ version: 1, kept: 1, broken: 1, skipped: 1, reports: [{ subject: 's', results: [{ id: 'a.kept' }, { id: 'a.skipped' }, { id: 'b.broken' }] }] });
  });

  test('shows no secret, token or signature', () => {
    for (const shown of [text, json]) for (const secret of ['the-shared-secret', 'eyJ', ':AAAA:', 'opaque-token', 'abc.def']) expect(shown).not.toContain(secret);
  });
});

describe('what the kit signs', () => {
  const url = 'http://127.0.0.1:3001/v1/fulfillments?limit=1';
  const body = '{"orderId":"1"}';
  const secret = Buffer.alloc(32, 7);
  const pair = generateKeyPairSync('ed25519');
  const keys: readonly (readonly [SigningKey, Parameters<ReturnType<typeof readSignedRequest>['isBy']>[0]])[] = [
    [{ keyid: 'k', alg: 'hmac-sha256', secret: secret.toString('base64') }, { alg: 'hmac-sha256', secret: createSecretKey(secret) }],
    [{ keyid: 'k', alg: 'ed25519', privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }, { alg: 'ed25519', publicKey: pair.publicKey }],
  ];

  test.each(keys)('is accepted by a verifier that is not the kit (%j)', (key, check) => {
    const headers = signatureHeaders({ method: 'POST', url, contentType: 'application/json', idempotencyKey: 'key-1', body, key, createdS: 1_000, expiresS: 1_060, nonce: 'nonce-of-the-kit-1' });
    const raw = Object.entries({ ...headers, 'content-type': 'application/json', 'idempotency-key': 'key-1' }).flat();
    const judged = readSignedRequest({ method: 'POST', url, headers: raw, rawBody: Buffer.from(body) }, { nowS: 1_000 });
    expect(judged.isBy(check)).toBe(true);
    expect(readSignedRequest({ method: 'PUT', url, headers: raw, rawBody: Buffer.from(body) }, { nowS: 1_000 }).isBy(check)).toBe(false);
  });
});

describe('the command line', () => {
  const OF = ['--of', 'http://of', '--client', 'c', '--client-secret', 's', '--issuer', 'http://issuer'];
  const CC = ['--cc', 'http://cc', '--serve-of', '4001', '--storefront', 's', '--storefront-secret', 'x', '--issuer', 'http://issuer', '--cc-queue', 'http://aws/q'];

  test.each<[string, string[], boolean]>([
    ['nothing means a pair of our own', [], true], ['--stack alone, too', ['--stack'], true], ['--stack before another option, too', ['--stack', '--only', 'cancel'], true],
    ['--stack with a file means that one', ['--stack', '.data/stack.json'], false], ['--of means that one', OF, false], ['--cc means that one', CC, false],
  ])('%s', (_case, given, ownStack) => {
    expect(readArguments(given).ownStack).toBe(ownStack);
  });

  test.each<[string, string[], RegExp]>([
    ['an unknown option', ['--off'], /--off/], ['a word too many', ['of'], /of/], ['an address that is none', ['--of', 'of'], /--of takes an http/],
    ['an Order Fulfillment without a client', ['--of', 'http://of'], /needs a client/], ['a client without its secret', ['--of', 'http://of', '--client', 'c'], /--client-secret and --issuer/],
    ['a key without its id', ['--of', 'http://of', '--signer', 'c', '--key', 'k'], /--key-id/], ['two ways to events', [...OF, '--bus', 'b', '--queue', 'http://q'], /exclude each other/],
    ['a Commerce Coordinator without a port', CC.filter((word) => word !== '--serve-of' && word !== '4001'), /--serve-of/],
    ['a Commerce Coordinator without its queue', CC.slice(0, -2), /--cc-queue or --cc-bus/], ['no time', [...OF, '--timeout-seconds', '0'], /--timeout-seconds/],
    ['a file that is not there', [...OF, '--key', '@/nowhere'], /\/nowhere/], ['a pair of its own and another', ['--stack', ...OF], /pair of its own/],
  ])('%s is refused', (_case, given, message) => {
    expect(() => readArguments(given)).toThrow(WrongUsage);
    expect(() => readArguments(given)).toThrow(message);
  });

  test('ends with 2 and a sentence when it is used wrongly', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), '--only', 'cancel,no-such-promise'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('no-such-promise, and no promise or area is called so');
  });
});
