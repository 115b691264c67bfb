import { expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { alwaysSaid, createLogger } from './logging.ts';
import { Problem, baseProblems } from './problems.ts';

function capture(options: { fields?: string[]; level?: 'debug' | 'warn' | 'silent' } = {}) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLogger({ name: 'shop', destination, ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

test('keeps allowed fields and names what it dropped', () => {
  const { log, last } = capture({ fields: ['shelf'] });
  log.info({ orderId: 'o-1', attempt: 2, shelf: 'a', customer: { email: 'ada@example.com' }, body: 'all of it' }, 'order accepted');
  expect(last()).toMatchObject({ level: 'info', service: 'shop', msg: 'order accepted', orderId: 'o-1', attempt: 2, shelf: 'a', dropped: ['customer', 'body'] });
});

test('drops an allowed field whose value is not plain', () => {
  const { log, last } = capture();
  log.info({ orderId: { toString: () => 'x', email: 'ada@example.com' } }, 'order accepted');
  expect(last()).toMatchObject({ dropped: ['orderId'] });
});

test('S42: no canary reaches the output, whichever way it comes in', () => {
  const { log, lines } = capture({ level: 'debug' });
  const canaries = ['canary.person@example.com', '4111 1111 1111 1111', 'canary-secret-value', 'eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl'];
  const [email, card, secret, token] = canaries;
  const carrier = { email, nested: { deep: { card, list: [{ Token: token }] } }, text: JSON.stringify({ secret }) };
  const error = Object.assign(new Error(`could not send to ${email} with Bearer ${token}`), { detail: secret, config: carrier });
  const parserError = (() => {
    try {
      return JSON.parse(`{"secret": ${secret}`) as never;
    } catch (caught) {
      return caught;
    }
  })();

  log.info(carrier, 'a carrier');
  log.info({ body: carrier, headers: { authorization: `Bearer ${token}` }, err: carrier, ...carrier }, 'fields');
  log.error({ err: error }, 'an error');
  log.error(error, 'an error as the object');
  log.error({ err: new Error('outer', { cause: error }) }, 'a cause');
  log.error({ err: parserError }, 'a parser error');
  log.error({ err: new Error(`connect postgres://shop:${secret}@localhost/shop, client_secret=${secret}, card ${card}`) }, 'a connection');
  log.error({ err: Object.assign(new Error(`invalid input syntax for type uuid: "${secret}"`), { code: '22P02' }) }, 'a value');
  log.error({ err: new Problem(baseProblems.conflict, { cause: error }) }, 'a problem');
  log.warn({ reason: `could not send to ${email}: postgres://shop:${secret}@localhost, Bearer ${token}, card ${card}` }, 'a reason');
  log.child({ reason: `Bearer ${token}` }).warn('a reason of a child');
  log.child({ password: secret, orderId: 'o-1' }).info('a child');

  const output = lines.join('');
  expect(lines.length).toBe(12);
  for (const canary of canaries) expect(output).not.toContain(canary);
});

test('an error shows name, code, message, frames and cause', () => {
  const { log, last } = capture();
  const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  log.error({ err: new TypeError('the call failed', { cause }) }, 'gave up');
  expect(last()['err']).toMatchObject({
    name: 'TypeError',
    message: 'the call failed',
    stack: expect.arrayContaining([expect.stringContaining('logging.test.ts')]),
    cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connection refused' },
  });
});

test('S43: a line break, an escape code or a direction override in a field makes no second line and no colour', () => {
  const { log, lines } = capture();
  log.info({ reason: 'a\r\n{"level":"error"}\u001b[31m\u202Eevil\u2028' }, 'named\nby a stranger\u0007');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\u202E\u2028]|\\u001b|\\n|\\r/u);
});

test('a reason is as short as the message of an error', () => {
  const { log, last } = capture();
  log.warn({ reason: 'because '.repeat(250), err: new Error('because '.repeat(250)) }, 'gave up');
  expect(last()).toMatchObject({ reason: 'because '.repeat(125), err: { message: 'because '.repeat(125) } });
});

test('fields without a sentence and sentences without fields are lines, too', () => {
  const { log, last } = capture();
  log.info({ orderId: 'o-1' });
  expect(last()).toMatchObject({ orderId: 'o-1' });
  log.info('started');
  expect(last()).toMatchObject({ msg: 'started' });
});

test.each([['warn', 1], ['debug', 1], ['silent', 0]] as const)('what alarms are made of is written at the level %s too, with nothing that may not be', (level, written) => {
  const { log, lines } = capture({ level, fields: ['workRows'] });
  alwaysSaid(log).info({ workRows: 3, customer: 'ada@example.com' }, 'figures');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(Array.from({ length: written }, () => expect.objectContaining({ msg: 'figures', level: 'info', workRows: 3, dropped: ['customer'] })));
});
