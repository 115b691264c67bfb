/** Security checks S20–S24, S27, S29 and S30 (docs/security-checks.md): what both services make of bodies, headers and addresses, over real HTTP. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { post, startBoth } from './services.http.ts';
import type { ServiceName, Tried } from './services.http.ts';
import { expectProblem, send } from './wire.http.ts';
import type { Answer } from './wire.http.ts';

let services: Record<ServiceName, Tried>;

beforeAll(async () => {
  services = await startBoth();
});
afterAll(() => Promise.all(Object.values(services ?? {}).map((service) => service.stop())));

const said = ({ status, body }: Answer): string => `${status} ${body?.code ?? ''}`.trim();

describe.each(['cc', 'of'] as const)('%s', (name) => {
  const it = (): Tried => services[name];
  const sendBody = (body: unknown): Promise<Answer> => post(it(), JSON.stringify(body));

  /** None of these may be taken; the count stays. */
  async function expectNoneTaken(answers: () => Promise<readonly Answer[]>): Promise<readonly Answer[]> {
    const before = await it().count();
    const given = await answers();
    expect(await it().count()).toBe(before);
    return given;
  }

  test.each(['application/json\t; x', ' application/json', 'application/json;', 'APPLICATION/JSON', 'application/json; charset=utf-8', 'application/json, text/plain', 'text/plain', 'text/plain; application/json', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp', 'application/xml', '*/*', null])(
    'S20: the content type %j is judged as JSON, or refused', async (contentType) => {
      const [wrong] = await expectNoneTaken(async () => [await post(it(), JSON.stringify({ ...it().body(), isAdmin: true }), { contentType })]);
      expect(['400 validation_failed', '415 unsupported_media_type']).toContain(said(wrong!));
      const right = await post(it(), JSON.stringify(it().body()), { contentType });
      expect(said(right)).toBe(said(wrong!).startsWith('415') ? '415 unsupported_media_type' : '202');
    },
  );

  test('S21: nothing is converted, and no field is taken that nobody asked for', async () => {
    const body = it().body();
    const answers = await expectNoneTaken(() => Promise.all([
      ...['1', 1.5, true, null, [1]].map((quantity) => it().withLine({ quantity })),
      ...[{ isAdmin: true }, { status: 'completed' }, { price: '0' }, { total: '0.01' }, { clientId: 'partner' }, { orderID: 'x' }].flatMap((more) => [{ ...body, ...more }, it().withLine(more)]),
      { ...body, lines: 'none' }, [body], 'text', 7, null, true,
    ].map(sendBody)));
    for (const answer of answers) expectProblem(answer, 400, 'validation_failed');
  });

  test('S22: names that reach a prototype, depth, size and number are refused in no time, and nothing is changed by them', async () => {
    const text = JSON.stringify(it().body());
    const within = (more: string): string => `${text.slice(0, -1)},${more}}`;
    const hostile: readonly [string, string, string][] = [
      ['__proto__', within('"__proto__":{"isAdmin":true}'), '400 malformed_json'],
      ['an escaped __proto__', within('"\\u005f_proto__":{"isAdmin":true}'), '400 malformed_json'],
      ['constructor.prototype', within('"metadata":{"constructor":{"prototype":{"isAdmin":true}}}'), '400 malformed_json'],
      ['10,000 arrays', within(`"metadata":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), '400 malformed_json'],
      ['10,000 objects', within(`"metadata":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), '400 malformed_json'],
      ['1 MiB and a byte', within(`"metadata":{"a":"${'x'.repeat(1_048_577)}"}`), '413 body_too_large'],
      ['100,000 lines', within(`"lines":[${'{},'.repeat(99_999)}{}]`).replace('"lines"', '"Lines"'), '400 validation_failed'],
      ['100,000 wrong lines', JSON.stringify({ ...it().body(), lines: Array.from({ length: 100_000 }, () => 1) }), '400 validation_failed'],
      ['50,000 names', within(`"metadata":{${Array.from({ length: 50_000 }, (_, index) => `"n${index}":1`).join()}},"x":1`), '400 validation_failed'],
    ];
    await expectNoneTaken(async () => {
      const answers: Answer[] = [];
      for (const [what, body, expected] of hostile) {
        const before = process.cpuUsage();
        const answer = await post(it(), body);
        // Of this process, in which the service runs too: the time on the clock is that of the machine.
        const { user, system } = process.cpuUsage(before);
        const tookMs = (user + system) / 1_000;
        expect([what, said(answer)]).toEqual([what, expected]);
        expect([what, tookMs < 1_500, answer.text.length < 20_000]).toEqual([what, true, true]);
        answers.push(answer);
      }
      return answers;
    });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect((await sendBody(it().body())).status).toBe(202);
  });

  test('S23: NUL and halves of surrogate pairs are refused in every text, and all other letters come back as they came', async () => {
    const body = { ...it().body(), metadata: { note: 'a' } };
    const texts = textsOf(body);
    expect(texts.length).toBeGreaterThan(3);
    const answers = await expectNoneTaken(() => Promise.all(texts.flatMap((path) => ['\u0000', '\ud800'].map((char) => sendBody(changed(body, path, (text) => `${text}${char}`))))));
    for (const answer of answers) expectProblem(answer, 400, 'malformed_json');
    const strange = 'a\u202Eb<script>\u{1F600}\u{10FFFF}\u0301é "\\ \n';
    const taken = await sendBody({ ...it().body(), metadata: { note: strange, [strange]: 1 } });
    expect(taken.status).toBe(202);
    expect(await it().metadataOf(taken)).toEqual({ note: strange, [strange]: 1 });
  });

  test('S23: NUL in an address is refused, wherever it stands', async () => {
    for (const path of [`${it().path}?orderId=%00`, `${it().path}?customer=a%00b`, `${it().path}/%00`, `${it().path}/a%00b`]) {
      const answer = await send(it().url, { path, headers: ['authorization', `Bearer commerce-coordinator;${it().scopes}`] });
      expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
    }
  });

  test('S24: quantities that are none are refused', async () => {
    const answers = await expectNoneTaken(async () => [
      ...await Promise.all([-1, 0, 1_000_000_000, 1_000_001, 0.1].map((quantity) => sendBody(it().withLine({ quantity })))),
      ...await Promise.all(['1e309', '-1e309', '9007199254740993', '1e400'].map((number) => post(it(), JSON.stringify(it().withLine({ quantity: 7_777 })).replace('7777', number)))),
    ]);
    for (const answer of answers) expect(['400 validation_failed', '400 malformed_json']).toContain(said(answer));
  });

  test('S27: a key that is too long, no ASCII or missing is refused; that of another client belongs to another', async () => {
    for (const key of ['k'.repeat(256), 'clé', 'two words', 'tab\there']) expect([key.length, said(await post(it(), JSON.stringify(it().body()), { key: Buffer.from(key).toString('latin1') }))]).toEqual([key.length, expect.stringMatching(/^400 (?:idempotency_key_invalid|validation_failed|idempotency_key_required)$/)]);
    expect(said(await post(it(), JSON.stringify(it().body()), { key: null }))).toBe('400 idempotency_key_required');
    const [mine, theirs] = [it().body(), it().body()].map((body) => JSON.stringify(body));
    const key = 'k'.repeat(255);
    const answers = [await post(it(), mine!, { key }), await post(it(), theirs!, { key, client: 'partner' }), await post(it(), mine!, { key }), await post(it(), theirs!, { key })];
    expect(answers.map(said)).toEqual(['202', '202', '202', '422 idempotency_key_reused']);
    expect(answers.map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, undefined, 'true', undefined]);
    expect(answers[2]?.body).toEqual(answers[0]?.body);
    expect(answers[1]?.body).not.toEqual(answers[0]?.body);
  });

  test('S29: forwarded headers change no link, no description and no guard', async () => {
    const evil = 'evil.example';
    const forged = ['x-forwarded-host', evil, 'x-forwarded-proto', 'https', 'x-forwarded-for', '10.9.8.7', 'x-forwarded-port', '444', 'forwarded', `for=10.9.8.7;host=${evil};proto=https`, 'x-original-url', '/metrics', 'x-rewrite-url', '/metrics', 'x-real-ip', '10.9.8.7', 'x-forwarded-prefix', '/evil'];
    const made = await post(it(), JSON.stringify(it().body()), { headers: forged });
    expect([made.status, made.headers['location']]).toEqual([202, expect.stringMatching(new RegExp(`^${it().path}/[\\w-]+$`))]);
    const answers = [made, ...await Promise.all(['/openapi.json', '/problems', '/problems/not_found', '/health/ready', '/metrics', '/nowhere', it().path].map((path) => send(it().url, { path, headers: forged })))];
    for (const { text, headers } of answers) expect(`${text}${JSON.stringify(headers)}`).not.toMatch(/evil|10\.9\.8\.7|:444/);
    expect(answers.slice(-3).map(said)).toEqual(['401 unauthenticated', '404 not_found', '401 unauthenticated']);
  });

  test('S30: a method is what stands in the request line, and an address what stands there too', async () => {
    const headers = ['authorization', `Bearer commerce-coordinator;${it().scopes}`];
    for (const override of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      expect(said(await post(it(), JSON.stringify({ ...it().body(), _method: 'DELETE' }), { headers: [override, 'DELETE'] }))).toBe('400 validation_failed');
      expect((await send(it().url, { path: it().path, headers: [...headers, override, 'POST'] })).body.items).toBeDefined();
    }
    for (const method of ['TRACE', 'PUT', 'DELETE', 'PROPFIND', 'SEARCH']) {
      const answer = await send(it().url, { path: it().path, method, headers });
      expectProblem(answer, 405, 'method_not_allowed');
      expect(String(answer.headers['allow']).split(', ').toSorted()).toEqual(['GET', 'HEAD', 'POST']);
      expectProblem(await send(it().url, { path: '/nowhere', method, headers }), 404, 'not_found');
    }
    const { path } = it();
    for (const odd of [`/${path}`, `${path}//`, `/.${path}`, `/x/..${path}`, `/%2e%2e${path}`, `/x/%2e%2e${path}`, path.replace('/', '/%2f'), `${path}%2f..%2f..%2fmetrics`, `${path};x=1`, path.toUpperCase(), `${path}%00`]) {
      const answer = await send(it().url, { path: odd, headers });
      expect([odd, [400, 404].includes(answer.status)]).toEqual([odd, true]);
    }
    const nowhere = await send(it().url, { path: `http://evil.example${path}`, headers });
    expect([nowhere.status < 500, JSON.stringify(nowhere.headers).includes('evil')]).toEqual([true, false]);
  });
});

describe('S24: money', () => {
  const place = (body: unknown): Promise<Answer> => post(services.cc, JSON.stringify(body));

  test.each<[unknown]>([['-1'], ['-0.01'], ['+1'], ['1e3'], ['1e309'], ['99.999'], [99.99], [0], ['1,00'], ['0x10'], ['NaN'], ['Infinity'], ['１'], [' 1'], ['1000000000000'], [''], [null]])('is a decimal text of two places, and not %j', async (amount) => {
    const before = await services.cc.count();
    for (const body of [services.cc.withLine({ unitPrice: amount }), ...(amount === null ? [] : [{ ...services.cc.body(), freight: amount }])]) expectProblem(await place(body), 400, 'validation_failed');
    expect(await services.cc.count()).toBe(before);
  });

  test('has a currency that this service can count in, and a sum that fits', async () => {
    for (const currency of ['JPY', 'ZZZ', 'usd', 'USDT', '', 840]) expect((await place({ ...services.cc.body(), currency })).status).toBe(400);
    expect(said(await place(services.cc.withLine({ unitPrice: '999999999999.99', quantity: 1_000_000 })))).toBe('400 amount_too_large');
  });

  test('is summed by the service alone: to the cent, and whatever was sent along', async () => {
    const line = { sku: 'NW-1', quantity: 3, unitPrice: '0.10', discount: '0.3333' };
    expect(said(await place({ ...services.cc.body(), total: '0.01' }))).toBe('400 validation_failed');
    const { body } = await place({ ...services.cc.body(), lines: [line, { ...line, sku: 'NW-2', discount: '0', unitPrice: '999999.99' }], freight: '0.01' });
    // 3 × 0.10 less a third is 0.20; 3 × 999,999.99; freight.
    expect(body.total).toBe('3000000.18');
    expect(body.lines?.map(({ total }: { total: string }) => total) ?? ['0.20', '2999999.97']).toEqual(['0.20', '2999999.97']);
  });
});

/** The paths of all texts in a body. */
function textsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'string') return [path];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, inner]) => textsOf(inner, [...path, name])) : [];
}

function changed(value: unknown, [name, ...rest]: readonly string[], change: (text: string) => string): unknown {
  if (name === undefined) return change(value as string);
  if (Array.isArray(value)) return value.map((inner, index) => (String(index) === name ? changed(inner, rest, change) : inner));
  return { ...(value as object), [name]: changed((value as Record<string, unknown>)[name], rest, change) };
}
