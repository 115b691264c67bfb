import { afterEach, describe, expect, it } from '@jest/globals';
import { clientCredentials, createFulfillmentClient, NotNow } from './client.ts';
import type { ClientCredentials, Ports, Tokens } from './client.ts';
import { accept, deadUrl, handClock, json, orderOf, problem, startIssuer, startServer, until } from './test-servers.ts';
import type { Play } from './test-servers.ts';

const RESOURCE = 'https://of.example';
const ANY = new AbortController().signal;
let open: { close(): Promise<void> }[] = [];

function keep<T extends { close(): Promise<void> }>(thing: T): T {
  open.unshift(thing);
  return thing;
}

type Options = Partial<ClientCredentials> & Ports & { timeoutMs?: number };

async function issuerAndTokens(play?: { token?: Play; discovery?: Play }, options: Options = {}) {
  const clock = handClock();
  const issuer = keep(await startIssuer(play));
  const tokens = keep(clientCredentials({
    issuerUrl: issuer.url, clientId: 'commerce coordinator', clientSecret: 's3cr%t:+', resource: RESOURCE, clock, random: () => 1, ...options,
  }));
  return { clock, issuer, tokens };
}

async function refusal(tokens: Tokens): Promise<Error & { afterMs?: number }> {
  return tokens.get(ANY).then(() => { throw new Error('There was a token.'); }, (error: unknown) => error as Error);
}

afterEach(async () => {
  for (const thing of open) await thing.close();
  open = [];
});

describe('A token', () => {
  it('is asked for at the endpoint that discovery names, with client credentials and the audience', async () => {
    const { issuer, tokens } = await issuerAndTokens(undefined, { scope: 'fulfillment:read fulfillment:write' });
    expect(await tokens.get(ANY)).toBe('token-1');
    const [asked] = issuer.tokenRequests();
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({ grant_type: 'client_credentials', resource: RESOURCE, scope: 'fulfillment:read fulfillment:write' });
    const [kind, basic] = asked?.headers.authorization?.split(' ') ?? [];
    expect([kind, Buffer.from(basic ?? '', 'base64').toString()]).toEqual(['Basic', 'commerce+coordinator:s3cr%25t%3A%2B']);
  });

  it('serves all calls, and is asked for once however many come at the same time', async () => {
    const { issuer, tokens } = await issuerAndTokens();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => tokens.get(ANY))))).toEqual(new Set(['token-1']));
    await tokens.get(ANY);
    expect(issuer.tokenRequests()).toHaveLength(1);
  });

  it('is renewed at 80 % of its life, in the background', async () => {
    const { clock, issuer, tokens } = await issuerAndTokens();
    await tokens.get(ANY);
    clock.advance(79_999);
    expect(await tokens.get(ANY)).toBe('token-1');
    expect(issuer.tokenRequests()).toHaveLength(1);
    clock.advance(1);
    expect(await tokens.get(ANY)).toBe('token-1');
    await until(() => issuer.tokenRequests().length === 2);
    for (let got = ''; got !== 'token-2'; got = await tokens.get(ANY)) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(issuer.tokenRequests()).toHaveLength(2);
  });

  it('is used to its end while the issuer is down, and the issuer is left alone between attempts', async () => {
    let down = false;
    const { clock, issuer, tokens } = await issuerAndTokens({
      token: (response) => (down ? problem(response, 503, 'unavailable') : json(response, 200, { access_token: 'only', token_type: 'bearer', expires_in: 100 })),
    });
    await tokens.get(ANY);
    down = true;
    clock.advance(80_000);
    expect(await tokens.get(ANY)).toBe('only');
    await until(() => issuer.tokenRequests().length === 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let call = 0; call < 20; call += 1) expect(await tokens.get(ANY)).toBe('only');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(issuer.tokenRequests()).toHaveLength(2);
    clock.advance(19_999);
    expect(await tokens.get(ANY)).toBe('only');
    await until(() => issuer.tokenRequests().length === 3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(1);
    expect((await refusal(tokens)).name).toBe('TokenUnavailable');
    expect(issuer.tokenRequests()).toHaveLength(3);
    down = false;
    clock.advance(30_000);
    expect(await tokens.get(ANY)).toBe('only');
  });

  it('is not asked for again before the pause after a failure, which says when', async () => {
    const { clock, issuer, tokens } = await issuerAndTokens({ token: (response) => json(response, 401, { error: 'invalid_client' }) });
    expect(await refusal(tokens)).toMatchObject({ name: 'TokenUnavailable', afterMs: 500, message: expect.stringContaining('401 (invalid_client)') });
    clock.advance(400);
    expect(await refusal(tokens)).toMatchObject({ afterMs: 100 });
    expect(issuer.tokenRequests()).toHaveLength(1);
    clock.advance(100);
    expect(await refusal(tokens)).toMatchObject({ afterMs: 1_000 });
    expect(issuer.tokenRequests()).toHaveLength(2);
  });

  const answering = (body: unknown): { token: Play } => ({ token: (response) => json(response, 200, body) });
  const discovering = (body: object): { discovery: Play } => ({
    discovery: (response, seen) => json(response, 200, { token_endpoint: `http://${seen.headers.host}/token`, ...body }),
  });
  it.each<[string, { token?: Play; discovery?: Play }]>([
    ['no life time left', answering({ access_token: 'a', token_type: 'bearer', expires_in: 0 })],
    ['a life time that is no number', answering({ access_token: 'a', token_type: 'bearer', expires_in: 'long' })],
    ['another type of token', answering({ access_token: 'a', token_type: 'mac', expires_in: 10 })],
    ['a token that no header can carry', answering({ access_token: 'a\r\nb', token_type: 'bearer', expires_in: 10 })],
    ['a page', { token: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>') }],
    ['too much of it', answering({ access_token: 'a', token_type: 'bearer', expires_in: 10, padding: 'x'.repeat(70_000) })],
    ['a redirect', { token: (response) => void response.writeHead(302, { location: '/elsewhere' }).end() }],
    ['a discovery document of another issuer', discovering({ issuer: 'http://evil.example' })],
    ['a discovery document without a token endpoint', { discovery: (response, seen) => json(response, 200, { issuer: `http://${seen.headers.host}` }) }],
    ['no discovery document', { discovery: (response) => problem(response, 404, 'not_found') }],
  ])('is refused with %s', async (_what, play) => {
    const { tokens } = await issuerAndTokens(play);
    const error = await refusal(tokens);
    expect(error.name).toBe('TokenUnavailable');
    expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toContain('s3cr');
  });

  it('is given up on when the issuer is too slow', async () => {
    const { tokens } = await issuerAndTokens({ token: () => undefined }, { timeoutMs: 50 });
    expect(await refusal(tokens)).toMatchObject({ name: 'TokenUnavailable', message: expect.stringContaining('50 ms') });
  });

  it('keeps coming for the others when one caller gives up', async () => {
    let answer: (() => void) | undefined;
    const { tokens } = await issuerAndTokens({
      token: (response) => void (answer = () => json(response, 200, { access_token: 'late', token_type: 'bearer', expires_in: 10 })),
    });
    const caller = new AbortController();
    const one = tokens.get(caller.signal);
    const other = tokens.get(ANY);
    await until(() => answer !== undefined);
    caller.abort(new Error('gone'));
    await expect(one).rejects.toThrow('gone');
    answer?.();
    expect(await other).toBe('late');
  });

  it('is dropped once in a while only', async () => {
    const { clock, tokens } = await issuerAndTokens();
    const first = await tokens.get(ANY);
    expect(tokens.drop(first)).toBe(true);
    expect(tokens.drop(first)).toBe(true);
    const second = await tokens.get(ANY);
    expect(second).toBe('token-2');
    expect(tokens.drop(second)).toBe(false);
    expect(await tokens.get(ANY)).toBe('token-2');
    clock.advance(10_000);
    expect(tokens.drop(second)).toBe(true);
    expect(await tokens.get(ANY)).toBe('token-3');
  });
});

describe('A client whose token the service turns down', () => {
  const keys = { idempotencyKey: 'key-1', correlationId: 'c-1' };

  async function pair(play: Play) {
    const { issuer, tokens } = await issuerAndTokens();
    const service = keep(await startServer(play));
    const client = keep(createFulfillmentClient({ baseUrl: service.url, credentials: tokens, batch: 'never' }));
    return { issuer, service, client };
  }

  it('gets a new one and sends the request once more, with the same key', async () => {
    const { issuer, service, client } = await pair((response, seen) =>
      seen.headers.authorization === 'Bearer token-2' ? accept(response, seen) : problem(response, 401, 'unauthorized'));
    expect((await client.request(orderOf('order-1'), keys)).status).toBe(202);
    expect(service.seen.map((seen) => [seen.headers.authorization, seen.headers['idempotency-key']]))
      .toEqual([['Bearer token-1', 'key-1'], ['Bearer token-2', 'key-1']]);
    expect(issuer.tokenRequests()).toHaveLength(2);
  });

  it('gets one new token for all calls that ran at the same time', async () => {
    const { issuer, client } = await pair((response, seen) =>
      seen.headers.authorization === 'Bearer token-2' ? accept(response, seen) : problem(response, 401, 'unauthorized'));
    await Promise.all(Array.from({ length: 40 }, (_, index) => client.request(orderOf(`order-${index}`), { ...keys, idempotencyKey: `key-${index}` })));
    expect(issuer.tokenRequests()).toHaveLength(2);
  });

  it('stops there when the new one is turned down too: no hot loop', async () => {
    const { issuer, service, client } = await pair((response) => problem(response, 401, 'unauthorized'));
    for (let call = 0; call < 5; call += 1) {
      await expect(client.request(orderOf('order-1'), keys)).rejects.toMatchObject({ name: 'NotNow', status: 401, sent: true });
    }
    expect(issuer.tokenRequests()).toHaveLength(2);
    expect(service.seen).toHaveLength(6);
  });

  it('says that it was sent when no new token can be had', async () => {
    let given = 0;
    const issuer = keep(await startIssuer({
      token: (response) => (given++ === 0 ? json(response, 200, { access_token: 'a', token_type: 'bearer', expires_in: 100 }) : problem(response, 500, 'internal')),
    }));
    const tokens = clientCredentials({ issuerUrl: issuer.url, clientId: 'c', clientSecret: 's', resource: RESOURCE });
    const service = keep(await startServer((response) => problem(response, 401, 'unauthorized')));
    const client = keep(createFulfillmentClient({ baseUrl: service.url, credentials: tokens, batch: 'never' }));
    await expect(client.request(orderOf('order-1'), keys)).rejects.toMatchObject({ name: 'NotNow', sent: true, afterMs: expect.any(Number) });
  });

  it('sends nothing when the issuer cannot be reached', async () => {
    const service = keep(await startServer(accept));
    const tokens = clientCredentials({ issuerUrl: await deadUrl(), clientId: 'c', clientSecret: 's', resource: RESOURCE });
    const client = keep(createFulfillmentClient({ baseUrl: service.url, credentials: tokens, batch: 'never' }));
    const error = await client.request(orderOf('order-1'), keys).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NotNow);
    expect(error).toMatchObject({ sent: false, afterMs: expect.any(Number) });
    expect(service.seen).toHaveLength(0);
  });
});
