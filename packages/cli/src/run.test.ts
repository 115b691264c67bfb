import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { json, ran, SECRET, startServer } from './test-world.ts';
import type { Ran, TestServer } from './test-world.ts';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  server.seen.length = 0;
});

/** A stack file of this server, as the local stack writes it. */
function stackFile(): string {
  const path = join(folder, 'stack.json');
  writeFileSync(path, JSON.stringify({ of: server.url, cc: server.url, issuer: server.url, clients: { operator: { secret: SECRET }, 'commerce-coordinator': { secret: SECRET } }, more: 1 }));
  return path;
}

const cli = (...argv: string[]): Promise<Ran> => ran([...argv, '--stack', stackFile()]);

const acme = {
  clientId: 'acme', authentication: { type: 'signature', keys: [{ keyid: 'acme-1', alg: 'ed25519', publicKey: 'AAAA', createdAt: '2030-01-01T00:00:00Z' }] },
  scopes: ['fulfillment:read'], providers: { default: 'instant', byKind: { course: 'lms' } }, rateLimit: { requestsPerSecond: 5, burst: 9 }, eventFilter: null,
  createdAt: '2030-01-01T00:00:00Z', updatedAt: '2030-01-01T00:00:00Z',
};
const taken = { type: '/problems/client_exists', title: 'There is such a client', status: 409, detail: 'acme is set up already.', code: 'client_exists', requestId: 'r-1', retryable: false };

describe('a command that is given wrongly', () => {
  test.each([
    [['nothing'], 'unknown command'],
    [['clients', 'add'], 'missing required argument'],
    [['clients', 'list', '--colour'], 'unknown option'],
    [['clients', 'add', 'acme'], 'in one way: --subject'],
    [['clients', 'add', 'acme', '--subject', 'a', '--generate', 'x'], 'in one way: --subject'],
    [['clients', 'add', 'acme', '--alg', 'ed25519'], 'where the key comes from'],
    [['clients', 'add', 'acme', '--alg', 'rsa', '--generate', 'x'], 'Allowed choices'],
    [['clients', 'add', 'acme', '--alg', 'hmac-sha256', '--public-key-file', 'x'], '--secret-file'],
    [['clients', 'add', 'acme', '--subject', 'a', '--provider', 'course=lms'], 'is no rule'],
    [['clients', 'update', 'acme'], 'Nothing is to be changed'],
    [['clients', 'update', 'acme', '--reason', 'no_change'], 'Nothing is to be changed'],
    [['clients', 'remove', 'acme', '--message', 'Without a code'], '--message stands beside --reason'],
    [['clients', 'remove', 'acme', '--reason', 'Contract ended'], '--reason is a code'],
    [['clients', 'update', 'acme', '--rate-limit', '0'], 'above 0'],
    [['clients', 'show', '..'], '".." is no id'],
    [['clients', 'keys', 'end', 'acme', 'acme-1', '--at', 'tomorrow'], 'span from now'],
    [['fulfillments', 'cancel', 'id'], '--reason'],
    [['fulfillments', 'cancel', 'id', '--reason', 'No Thanks'], 'small letters'],
    [['order', 'list', '--limit', '0'], '--limit'],
    [['order', 'cancel', 'id'], '--reason'],
    [['order', 're-request', 'id', '--reason', 'Now!'], 'small letters'],
    [['order', 'retry', 'id', '--reason', 'now', '--line', '1'], 'unknown option'],
    [['order', 'list', '--timeout', '0'], '--timeout'],
    [['order', 'list', '--client-id', 'nobody'], 'no secret of a client "nobody", only of operator, commerce-coordinator'],
    [['order', 'list', '--of', 'https://of.example'], 'not both'],
  ])('%j ends with 2, says how it is given rightly, and calls nobody', async (argv, said) => {
    const { code, out, err } = await cli(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
    expect(server.seen).toEqual([]);
  });

  test('--help is no fault, and shows examples', async () => {
    for (const argv of [['--help'], ['clients', '--help'], ['clients', 'keys', '--help'], ['fulfillments', '--help'], ['order', '--help'], ['reconciliation', '--help']]) {
      const { code, out } = await ran(argv);
      expect(code).toBe(0);
      expect(out).toMatch(/Usage: cli.*\n[\s\S]*\n {2}cli /);
    }
  });
});

describe('the connection', () => {
  const named = (...more: string[]): string[] => ['clients', 'list', '--of', server.url, '--issuer', server.url, '--client-id', 'operator', ...more];
  beforeEach(() => {
    server.react = (_, response) => json(response, 200, { items: [], nextCursor: null });
  });

  test('without a stack says what can be done', async () => {
    const { code, err } = await ran(['clients', 'list'], { env: { DATA_DIR: join(folder, 'nowhere') } });
    expect(code).toBe(2);
    expect(err).toContain('nowhere/stack.json');
    expect(err).toContain('--issuer');
  });

  test('finds the stack of DATA_DIR, and asks for a token for the service that it calls', async () => {
    stackFile();
    expect((await ran(['clients', 'list'], { env: { DATA_DIR: folder } })).code).toBe(0);
    expect(server.seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([['GET', '/v1/clients?limit=200', `Bearer token for ${server.url}`]]);
  });

  test('takes the secret from a file, from standard input or from the variable', async () => {
    const path = join(folder, 'secret.txt');
    writeFileSync(path, `${SECRET}\n`);
    expect((await ran(named('--client-secret-file', path))).code).toBe(0);
    expect((await ran(named('--client-secret-file', '-'), { stdin: `${SECRET}\n` })).code).toBe(0);
    expect((await ran(named(), { env: { CLIENT_SECRET: SECRET } })).code).toBe(0);
    const without = await ran(named());
    expect(without.code).toBe(2);
    expect(without.err).toContain('CLIENT_SECRET');
  });

  test.each(['http://of.example', 'ftp://127.0.0.1', 'of.example', 'https://user:word@of.example', 'https://of.example?x=1'])('is refused to %s', async (url) => {
    const { code, err } = await ran(['clients', 'list', '--of', url, '--issuer', server.url, '--client-id', 'operator'], { env: { CLIENT_SECRET: SECRET } });
    expect(code).toBe(2);
    expect(err).toContain('--of must be');
  });

  test('with a wrong secret ends with 3 and what the issuer says, and shows no secret', async () => {
    const { code, err } = await ran(named(), { env: { CLIENT_SECRET: 'a-wrong-secret' } });
    expect(code).toBe(3);
    expect(err).toContain('401 invalid_client');
    expect(err).toContain('wrong secret\n');
    expect(err).not.toContain('a-wrong-secret');
    expect(server.seen).toEqual([]);
  });
});

describe('what a service answers', () => {
  test('a problem is shown with code, detail, faults of fields, and what its page advises', async () => {
    server.react = ({ url }, response) => (url.startsWith('/problems/') ? json(response, 200, { help: 'Choose another id.' }) : json(response, 409, { ...taken, errors: [{ path: '/body/clientId', message: 'is taken' }] }, { 'retry-after': '3' }));
    const { code, out, err } = await cli('clients', 'show', 'acme');
    expect([code, out]).toEqual([3, '']);
    expect(err).toBe(`Refused: 409 client_exists\n  There is such a client\n  acme is set up already.\n  /body/clientId: is taken\nWhat to do: Choose another id.\nMore: ${server.url}/problems/client_exists\nAgain in 3 s.\nRequest r-1\n`);
    expect(server.seen.map(({ url, headers }) => [url, headers.authorization !== undefined])).toEqual([['/v1/clients/acme', true], ['/problems/client_exists', false]]);
  });

  test('with --json a problem is JSON on standard error', async () => {
    server.react = (_, response) => json(response, 409, taken);
    const { code, out, err } = await cli('--json', 'clients', 'show', 'acme');
    expect([code, out]).toEqual([3, '']);
    expect(JSON.parse(err)).toEqual({ error: { kind: 'refused', status: 409, code: 'client_exists', title: taken.title, detail: taken.detail, requestId: 'r-1', page: `${server.url}/problems/client_exists` } });
  });

  test('advice is not fetched from elsewhere', async () => {
    server.react = (_, response) => json(response, 409, { ...taken, type: `http://localhost:${new URL(server.url).port}/problems/client_exists` });
    expect((await cli('clients', 'show', 'acme')).code).toBe(3);
    expect(server.seen).toHaveLength(1);
  });

  test('an answer that does not come is given up in time, and a change is then in doubt', async () => {
    server.react = () => undefined;
    const read = await cli('clients', 'show', 'acme', '--timeout', '0.2');
    expect(read.code).toBe(4);
    expect(read.err).toContain('did not answer within 0.2 s');
    expect(read.err).not.toContain('may have been made');
    expect((await cli('clients', 'remove', 'acme', '--timeout', '0.2')).err).toContain('may have been made');
  });

  test('a page of something else, a redirect and a cut connection are no answers', async () => {
    server.react = (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    expect((await cli('order', 'list')).err).toContain('answered 502, and not in the form of a problem');
    server.react = (_, response) => response.writeHead(307, { location: `${server.url}/elsewhere` }).end();
    expect((await cli('order', 'list')).err).toContain('cannot be reached');
    server.react = (_, response) => response.destroy();
    expect((await cli('order', 'list')).code).toBe(4);
    expect(server.seen.map(({ url }) => url)).toEqual(['/orders?limit=50', '/orders?limit=50', '/orders?limit=50']);
  });

  test('what does not have the known form is shown by --json only', async () => {
    server.react = (_, response) => json(response, 200, { clientId: 'acme' });
    const { code, err } = await cli('clients', 'show', 'acme');
    expect(code).toBe(4);
    expect(err).toContain('--json');
    expect(JSON.parse((await cli('clients', 'show', 'acme', '--json')).out)).toEqual({ clientId: 'acme' });
  });

  test('S43: cannot move the cursor or change colours', async () => {
    server.react = (_, response) => json(response, 200, { items: [{ ...acme, clientId: 'a\u001B[2Jb\nc' }], nextCursor: null });
    const { out } = await cli('clients', 'list');
    expect(out).toContain(String.raw`a\u001b[2Jb\u000ac`);
    expect(out.split('\n')).toHaveLength(3);
  });

  test('a list is read page by page up to the limit, and says when there is more', async () => {
    const total = 450;
    server.react = ({ url }, response) => {
      const asked = new URL(url, server.url).searchParams;
      const from = Number(asked.get('cursor') ?? 0);
      const to = Math.min(from + Number(asked.get('limit')), total);
      json(response, 200, { items: Array.from({ length: to - from }, (_, index) => ({ ...acme, clientId: `c${from + index}` })), nextCursor: to < total ? String(to) : null });
    };
    const some = await cli('clients', 'list', '--limit', '250', '--json');
    expect(JSON.parse(some.out).items.map(({ clientId }: { clientId: string }) => clientId)).toEqual(Array.from({ length: 250 }, (_, index) => `c${index}`));
    expect(some.err).toContain('first 250');
    const all = await cli('clients', 'list', '--limit', '1000');
    expect([all.out.split('\n').length - 2, all.err]).toEqual([total, '']);
  });
});

describe('clients', () => {
  beforeEach(() => {
    server.react = (_, response) => json(response, 200, acme);
  });

  test('a record is put together from options, and shown', async () => {
    const filter = join(folder, 'filter.json');
    writeFileSync(filter, '{"detail-type": ["FulfillmentCompleted"]}');
    const { code, out } = await cli('clients', 'add', 'acme', '--subject', 'acme-at-issuer', '--scope', 'fulfillment:read', '--scope', 'fulfillment:write',
      '--provider', 'default=instant', '--provider', 'kind:course=lms', '--provider', 'sku:A=B=warehouse', '--rate-limit', '2.5/10', '--event-filter-file', filter);
    expect(code).toBe(0);
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/v1/clients' });
    expect(server.seen[0]?.body).toEqual({
      clientId: 'acme', authentication: { type: 'oauth', subject: 'acme-at-issuer' }, scopes: ['fulfillment:read', 'fulfillment:write'],
      providers: { default: 'instant', byKind: { course: 'lms' }, bySku: { 'A=B': 'warehouse' } }, rateLimit: { requestsPerSecond: 2.5, burst: 10 },
      eventFilter: { 'detail-type': ['FulfillmentCompleted'] },
    });
    expect(out).toContain('providers       default=instant kind:course=lms\n');
    expect(out).toContain('rate limit      5/s, burst 9\n');
    expect(out).toMatch(/^acme-1 {2}ed25519 {4}AAAA/m);
  });

  test('an update sends what is named and nothing else; an id is one segment of the path', async () => {
    await cli('clients', 'update', 'a/b c', '--rate-limit', 'none', '--event-filter-file', 'none');
    expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([['PATCH', '/v1/clients/a%2Fb%20c', { rateLimit: null, eventFilter: null }]]);
  });

  test('why something is changed goes along: in the body, or in the query of a removal', async () => {
    const why = ['--reason', 'contract_ended', '--message', 'Told by Acme & Sons'];
    await cli('clients', 'add', 'acme', '--subject', 'a', ...why);
    await cli('clients', 'update', 'acme', '--rate-limit', 'none', ...why);
    await cli('clients', 'keys', 'end', 'acme', 'acme-1', '--at', 'never', '--reason', 'contract_ended');
    await cli('clients', 'remove', 'acme', ...why);
    await cli('clients', 'keys', 'remove', 'acme', 'acme-1', '--reason', 'contract_ended');
    const reason = { code: 'contract_ended', message: 'Told by Acme & Sons' };
    expect(server.seen.map(({ method, url, body }) => [method, url, ...(body === undefined ? [] : [body])])).toEqual([
      ['POST', '/v1/clients', { clientId: 'acme', authentication: { type: 'oauth', subject: 'a' }, reason }],
      ['PATCH', '/v1/clients/acme', { rateLimit: null, reason }],
      ['PATCH', '/v1/clients/acme/keys/acme-1', { notAfter: null, reason: { code: 'contract_ended' } }],
      ['DELETE', '/v1/clients/acme?reason=contract_ended&message=Told+by+Acme+%26+Sons'],
      ['DELETE', '/v1/clients/acme/keys/acme-1?reason=contract_ended'],
    ]);
  });

  test('a removal without a body is told as done', async () => {
    server.react = (_, response) => response.writeHead(204).end();
    expect(await cli('clients', 'remove', 'acme')).toEqual({ code: 0, out: 'Client acme is removed.\n', err: '' });
    expect(await cli('clients', 'keys', 'remove', 'acme', 'acme-1')).toMatchObject({ code: 0, out: 'Key acme-1 of acme is removed.\n' });
  });

  test.each(['ed25519', 'hmac-sha256'])('a key of %s is made here; its private part goes to a new file that only its owner may read', async (alg) => {
    const path = join(folder, `${alg}.key`);
    const { code, out, err } = await cli('clients', 'add', 'acme', '--alg', alg, '--generate', path);
    expect(code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    const [key] = server.seen[0]?.body.authentication.keys;
    expect(key).toMatchObject({ keyid: 'acme-1', alg });
    if (alg === 'ed25519') expect(key.publicKey).toBe(createPublicKey(createPrivateKey(text)).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'));
    else expect([key.secret, Buffer.from(key.secret, 'base64').length]).toEqual([text.trim(), 32]);
    expect(err).toContain(path);
    expect(out + err).not.toContain(text.split('\n')[alg === 'ed25519' ? 1 : 0]);
    const again = await cli('clients', 'keys', 'add', 'acme', '--keyid', 'acme-2', '--alg', alg, '--generate', path);
    expect([again.code, readFileSync(path, 'utf8')]).toEqual([2, text]);
    expect(again.err).toContain('never overwritten');
  });

  test('the file of a key that was refused goes; that of a key in doubt stays', async () => {
    const path = join(folder, 'refused.key');
    const add = (...more: string[]): Promise<Ran> => cli('clients', 'keys', 'add', 'acme', '--keyid', 'k', '--alg', 'ed25519', '--generate', path, ...more);
    server.react = (_, response) => json(response, 409, taken);
    expect((await add()).code).toBe(3);
    expect(existsSync(path)).toBe(false);
    server.react = (_, response) => response.destroy();
    const doubtful = await add();
    expect(doubtful.code).toBe(4);
    expect(doubtful.err).toContain('may have been made');
    expect(existsSync(path)).toBe(true);
  });

  test('a key of the client’s own comes from a file or standard input; a private key is turned down', async () => {
    const secret = Buffer.alloc(40, 1).toString('base64');
    const { code } = await ran(['clients', 'keys', 'add', 'acme', '--keyid', 'k', '--alg', 'hmac-sha256', '--secret-file', '-', '--not-after', '12h', '--stack', stackFile()], { stdin: `${secret}\n` });
    expect(code).toBe(0);
    expect(server.seen[0]?.body).toEqual({ keyid: 'k', alg: 'hmac-sha256', secret, notAfter: '2030-01-01T12:00:00.000Z' });
    const short = await ran(['clients', 'keys', 'add', 'acme', '--keyid', 'k', '--alg', 'hmac-sha256', '--secret-file', '-', '--stack', stackFile()], { stdin: 'c2hvcnQ=' });
    expect([short.code, short.err]).toEqual([2, 'The secret is not base64 of 32 to 128 bytes.\n']);
    const pem = join(folder, 'private.pem');
    writeFileSync(pem, '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n');
    chmodSync(pem, 0o600);
    const wrong = await cli('clients', 'keys', 'add', 'acme', '--keyid', 'k', '--alg', 'ed25519', '--public-key-file', pem);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('openssl pkey')]);
    expect(server.seen).toHaveLength(1);
  });

  test.each([['7d', '2030-01-08T00:00:00.000Z'], ['2031-05-06T07:08:09+02:00', '2031-05-06T05:08:09.000Z'], ['never', null]])('a key ends at %s', async (at, notAfter) => {
    expect((await cli('clients', 'keys', 'end', 'acme', 'acme-1', '--at', at)).code).toBe(0);
    expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([['PATCH', '/v1/clients/acme/keys/acme-1', { notAfter }]]);
  });
});

describe('fulfillments', () => {
  const view = {
    fulfillmentId: 'f-1', clientId: 'commerce-coordinator', orderId: 'o-1', orderNumber: 7, status: 'cancelling', version: 3, createdAt: 'c', updatedAt: 'u',
    lines: [{ lineId: '1', sku: 'A', quantity: 2, provider: 'lms', status: 'in_progress' }, { lineId: '2', sku: 'B', quantity: 1, provider: 'instant', status: 'cancelled', reason: { code: 'x' } }],
  };

  test('a step sends its reason, and says when a provider must still tell', async () => {
    server.react = (_, response) => json(response, 202, view);
    const cancelled = await cli('fulfillments', 'cancel', 'f-1', '--reason', 'changed_mind', '--message', 'Order 7');
    expect(cancelled).toMatchObject({ code: 0, err: '1 line waits for the provider; "show" tells how it ended.\n' });
    expect(cancelled.out).toContain('status       cancelling\n');
    await cli('fulfillments', 'revoke', 'f-1', '--line', '1', '--line', '2', '--reason', 'refunded');
    await cli('fulfillments', 'hold', 'f-1', '--reason', 'address');
    await cli('fulfillments', 'release', 'f-1');
    expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/v1/fulfillments/f-1/cancel', { reason: { code: 'changed_mind', message: 'Order 7' } }],
      ['POST', '/v1/fulfillments/f-1/revoke', { reason: { code: 'refunded' }, lines: ['1', '2'] }],
      ['POST', '/v1/fulfillments/f-1/hold', { reason: { code: 'address' } }],
      ['POST', '/v1/fulfillments/f-1/release', {}],
    ]);
  });

  test('a list is filtered by the service', async () => {
    server.react = (_, response) => json(response, 200, { items: [view], nextCursor: null });
    const { out } = await cli('fulfillments', 'list', '--order', 'o-1', '--unacknowledged', '--settled-before', '2030-01-01T00:00:00Z');
    expect(Object.fromEntries(new URL(server.seen[0]!.url, server.url).searchParams)).toEqual({ orderId: 'o-1', acknowledged: 'false', settledBefore: '2030-01-01T00:00:00.000Z', limit: '50' });
    expect(out).toBe('FULFILLMENT  ORDER  NUMBER  STATUS      LINES  UPDATED  REASON\nf-1          o-1    7       cancelling  2      u        -\n');
  });
});

test('reconciliation is told in a line for each figure', async () => {
  server.react = (_, response) => json(response, 200, { lastRunAt: '2030-01-01T00:00:00Z', healed: { outcome_missed: 2, request_lost: 0 }, waiting: 4, unacknowledged: 1 });
  const { out } = await cli('reconciliation');
  expect(server.seen.map(({ url }) => url)).toEqual(['/reconciliation']);
  expect(out).toBe('last run                2030-01-01T00:00:00Z\nhealed, outcome_missed  2\nhealed, request_lost    0\nwaiting                 4\nunacknowledged          1\n');
});

describe('order', () => {
  const order = { orderId: 'o-1', orderNumber: 7, status: 'cancel_pending', reason: { code: 'x' }, customerId: 'VINET', currency: 'USD', total: '1.00', fulfillmentId: null, createdAt: 'c', updatedAt: 'u', lines: [] };

  test('an act sends its reason, and the lines that are meant, and shows the order', async () => {
    server.react = (_, response) => json(response, 202, order);
    const cancelled = await cli('order', 'cancel', 'o-1', '--reason', 'changed_mind', '--message', 'Called.');
    expect(cancelled).toMatchObject({ code: 0, err: '' });
    expect(cancelled.out).toContain('status       cancel_pending\n');
    await cli('order', 'refund', 'o-1', '--reason', 'damaged', '--line', '1', '--line', '2');
    await cli('order', 'revoke', 'o-1', '--reason', 'mistake', '--line', '2');
    await cli('order', 're-request', 'o/1', '--reason', 'lost');
    await cli('order', 'retry', 'o-1', '--reason', 'again');
    expect(server.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/orders/o-1/cancel', { reason: { code: 'changed_mind', message: 'Called.' } }],
      ['POST', '/orders/o-1/refund', { reason: { code: 'damaged' }, lineIds: ['1', '2'] }],
      ['POST', '/orders/o-1/revoke', { reason: { code: 'mistake' }, lineIds: ['2'] }],
      ['POST', '/orders/o%2F1/re-request', { reason: { code: 'lost' } }],
      ['POST', '/orders/o-1/retry', { reason: { code: 'again' } }],
    ]);
  });

  test('those that need care are told one under the other, with what a person may do', async () => {
    const item = {
      orderId: 'o-1', orderNumber: 7, status: 'paid', pastPromiseMs: 1_800_000, waitsFor: 'It waits for the fulfilling side.', nextStep: 'In 12 s fulfillment.request is tried again.', acts: ['retry', 'cancel'],
      lastError: { handler: 'fulfillment.request', attempt: 3, code: 'RetryLater', at: '2030-01-01T00:00:00.000Z' },
    };
    server.react = (_, response) => json(response, 200, { items: [item, { ...item, orderId: 'o-2', pastPromiseMs: null, lastError: null, acts: [] }], nextCursor: null });
    const { out } = await cli('order', 'care', '--given-up', '--handler', 'fulfillment.request');
    expect(Object.fromEntries(new URL(server.seen[0]!.url, server.url).searchParams)).toEqual({ givenUp: 'true', handler: 'fulfillment.request', limit: '50' });
    expect(out).toBe(`order  o-1 (7), paid, 30 min past its promise
waits  It waits for the fulfilling side.
error  RetryLater, fulfillment.request at attempt 3, 2030-01-01T00:00:00.000Z
next   In 12 s fulfillment.request is tried again.
acts   retry cancel

order  o-2 (7), paid
waits  It waits for the fulfilling side.
error  -
next   In 12 s fulfillment.request is tried again.
acts   -
`);
    server.react = (_, response) => json(response, 200, { items: [], nextCursor: null });
    expect((await cli('order', 'care')).out).toBe('No order needs care.\n');
  });

  test('the story of one is a line for each event, with what failed and what was ignored under it', async () => {
    const item = { offsetMs: 5, eventType: 'PaymentFailed', source: 's', origin: 'own', handlers: ['orders.cancel'], text: 'Payment refused.', attempts: [{ offsetMs: 1_200, text: 'It failed.' }], ignored: [{ handler: 'h', rule: 'r', offsetMs: 900, text: 'It did nothing.' }] };
    server.react = ({ url }, response) => json(response, 200, url.includes('timeline') ? { items: [item], nextCursor: null } : order);
    expect((await cli('order', 'timeline', 'o-1', '--story')).out).toBe('   5 ms  Payment refused.\n 900 ms    It did nothing.\n1200 ms    It failed.\n');
    expect((await cli('order', 'timeline', 'o-1')).out).toContain('PaymentFailed  s     orders.cancel  h (r)\n');
  });
});
