import { describe, expect, test } from '@jest/globals';
import { ListTargetsByRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import { ACCOUNT, attributesOf, isEmpty, lab, paid, publish, receive, REGION, stack, until, url, type Lab } from '../../test-kit/lab.ts';

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
const detail = {
  state: 'paid', id: 'o-1', count: 3, gone: null, payload: { acc_id: 1, sf_id: 'baz' }, names: ['A', 'B'], 'with-dash': true, said: 'a "word"', lines: [{ sku: 'x' }, { sku: 'y' }],
};

/** Publishes one event to a target with that input. */
async function published(target: Partial<Target>, detailText = JSON.stringify(detail)): Promise<{ shop: Lab; eventId: string }> {
  const shop = await lab(stack({ target }));
  const [eventId = ''] = await publish(shop, { ...paid(1), Time: new Date('2026-01-31T12:00:00Z'), Detail: detailText });
  return { shop, eventId };
}

async function delivered(target: Partial<Target>, detailText?: string): Promise<string> {
  const { shop } = await published(target, detailText);
  const [message] = await receive(shop, url(shop), 1);
  return message?.Body ?? '';
}

const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}, detailText?: string): Promise<string> =>
  delivered({ InputTransformer: { InputTemplate, InputPathsMap } }, detailText);

describe('the input of a target', () => {
  test('is a constant, as it is written', async () => {
    expect(await delivered({ Input: '{ "fixed": 1.50 }' })).toBe('{ "fixed": 1.50 }');
  });

  test.each([
    ['$.detail.payload', '{"acc_id":1,"sf_id":"baz"}'],
    ['$.detail.id', '"o-1"'],
    ['$.detail.count', '3'],
    ['$.detail.gone', 'null'],
    ['$.detail.with-dash', 'true'],
    ['$.detail.names[1]', '"B"'],
    ['$.detail.lines[*].sku', '["x","y"]'],
    ['$.detail-type', '"OrderPaid"'],
    ['$.resources', '[]'],
  ])('is what stands at the path %s', async (InputPath, body) => {
    expect(await delivered({ InputPath })).toBe(body);
  });

  test('keeps the spelling of numbers', async () => {
    const text = '{"state":"paid","price":1.50,"long":0.12345678901234567890}';
    expect(await delivered({ InputPath: '$.detail' }, text)).toBe(text);
    expect(await transformed('{"p":<p>,"b":"<b>"}', { p: '$.detail.price', b: '$.detail.long' }, text)).toBe('{"p":1.50,"b":"0.12345678901234567890"}');
  });

  test('is an object as the publisher wrote it, with its order and its spaces, and of a name that stands twice the last', async () => {
    const text = '{"state":"paid","a":{"a":1,"a":2,"2":0,"1":[ {"x":"}\\"]"} , -1.50e3 ]},"n":1,"n":{"m":"a"}, "e":{}, "none":[] }';
    expect(await delivered({ InputPath: '$.detail' }, text)).toBe(text);
    expect(await delivered({ InputPath: '$.detail.a' }, text)).toBe('{"a":1,"a":2,"2":0,"1":[ {"x":"}\\"]"} , -1.50e3 ]}');
    expect(await delivered({ InputPath: '$.detail.a.1[1]' }, text)).toBe('-1.50e3');
    expect(await delivered({ InputPath: '$.detail.a.1[0].x' }, text)).toBe('"}\\"]"');
    expect(await delivered({ InputPath: '$.detail.n.m' }, text)).toBe('"a"');
    expect(await delivered({ InputPath: '$.detail.e' }, text)).toBe('{}');
    expect(await delivered({ InputPath: '$.detail.none' }, text)).toBe('[]');
  });

  test('is the whole event at the path $', async () => {
    const { shop, eventId } = await published({ InputPath: '$' });
    const [message] = await receive(shop, url(shop), 1);
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      version: '0', id: eventId, 'detail-type': 'OrderPaid', source: 'shop', account: ACCOUNT, time: '2026-01-31T12:00:00Z', region: REGION, resources: [], detail,
    });
  });
});

describe('a template of text', () => {
  const paths = { type: '$.detail-type', at: '$.time', id: '$.detail.id', payload: '$.detail.payload', names: '$.detail.names', none: '$.detail.none', count: '$.detail.count', gone: '$.detail.gone' };

  test.each([
    ['"Event of <type> at <at>: <id>"', '"Event of OrderPaid at 2026-01-31T12:00:00Z: o-1"'],
    ['"nothing: <none>"', '"nothing: "'],
    ['"{[/ special start of <type>"', '"{[/ special start of OrderPaid"'],
    ['"object <payload>"', '"object {acc_id:1,sf_id:baz}"'],
    ['"list <names>, number <count>, null <gone>"', '"list [A,B], number 3, null null"'],
    ['"said \\"<id>\\""', '"said \\"o-1\\""'],
    ['"line <id>"\n"line <count>"', '"line o-1"\n"line 3"'],
    ['"a < b and <id>"', '"a < b and o-1"'],
  ])('%s becomes %s', async (template, body) => {
    expect(await transformed(template, paths)).toBe(body);
  });
});

describe('a template of JSON', () => {
  const paths = { id: '$.detail.id', payload: '$.detail.payload', names: '$.detail.names', none: '$.detail.none', count: '$.detail.count', gone: '$.detail.gone', said: '$.detail.said' };

  test.each([
    ['{"id":<id>}', '{"id":"o-1"}'],
    ['{"id":"<id>"}', '{"id":"o-1"}'],
    ['{"path":"users/<id>/<count>"}', '{"path":"users/o-1/3"}'],
    ['{"n":<count>,"o":<payload>,"l":<names>,"x":<gone>}', '{"n":3,"o":{"acc_id":1,"sf_id":"baz"},"l":["A","B"],"x":null}'],
    ['{"none":<none>,"quoted":"<none>"}', '{"none":"","quoted":""}'],
    ['{"list":[9,<id>,true]}', '{"list":[9,"o-1",true]}'],
    ['{"said":<said>}', '{"said":"a \\"word\\""}'],
    ['{ "spaced" :\n <id> }', '{ "spaced" :\n "o-1" }'],
  ])('%s becomes %s', async (template, body) => {
    expect(await transformed(template, paths)).toBe(body);
  });

  test.each(['{"o":"<payload>"}', '{"l":"<names>"}', '{"s":"<said>"}'])('%s with a value that breaks it delivers nothing, but a dead letter', async (InputTemplate) => {
    const { shop } = await published({ InputTransformer: { InputTemplate, InputPathsMap: paths } });
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(attributesOf(dead)).toMatchObject({ ERROR_CODE: 'INVALID_JSON', RETRY_ATTEMPTS: '0' });
    expect(JSON.parse(dead?.Body ?? '')).toMatchObject({ detail });
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });
});

describe('the variables of EventBridge', () => {
  test('name the rule and the time of arrival', async () => {
    const body = await transformed('"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"');
    expect(body).toMatch(new RegExp(`^"arn:aws:events:${REGION}:${ACCOUNT}:rule/shop/paid-orders paid-orders \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"$`));
  });

  test('give the event without and with its detail', async () => {
    const { shop, eventId } = await published({ InputTransformer: { InputTemplate: '{"head":<aws.events.event>,"all":<aws.events.event.json>}' } });
    const [message] = await receive(shop, url(shop), 1);
    const head = `"account":"${ACCOUNT}","detailType":"OrderPaid","time":"2026-01-31T12:00:00Z","source":"shop","region":"${REGION}","resources":[],"version":"0"`;
    const all = `"version":"0","id":"${eventId}","detail-type":"OrderPaid","source":"shop","account":"${ACCOUNT}","time":"2026-01-31T12:00:00Z","region":"${REGION}","resources":[]`;
    expect(message?.Body).toBe(`{"head":{"id":"${eventId}",${head}},"all":{${all},"detail":${JSON.stringify(detail)}}}`);
  });
});

describe('PutTargets', () => {
  const put = async (target: Partial<Target>): Promise<Lab> => {
    const shop = await lab(stack());
    await shop.events.send(new PutTargetsCommand({ Rule: 'paid-orders', EventBusName: 'shop', Targets: [{ Id: 't1', Arn: QUEUE, ...target }] }));
    return shop;
  };
  const transformer = (InputTemplate: string, InputPathsMap: Record<string, string> = {}): Partial<Target> => ({ InputTransformer: { InputTemplate, InputPathsMap } });

  test.each<[string, Partial<Target>, string]>([
    ['two inputs', { Input: '{}', InputPath: '$' }, 'Only one of Input, InputPath, or InputTransformer must be provided for target t1.'],
    ['a path and a template', { InputPath: '$', ...transformer('{}') }, 'Only one of Input, InputPath, or InputTransformer must be provided for target t1.'],
    ['a constant that is no JSON', { Input: 'word' }, 'JSON syntax error in input for target t1.'],
    ['a path without $', { InputPath: 'detail' }, 'InputPath for target t1 is invalid.'],
    ['a path with quotes', { InputPath: "$.detail['id']" }, 'InputPath for target t1 is invalid.'],
    ['a path of the map without $', transformer('{"a":<a>}', { a: 'detail' }), 'InputPath for target t1 is invalid.'],
    ['an unknown variable', transformer('{"a":<other>}', { a: '$.detail' }), 'InputTemplate for target t1 contains invalid placeholder other.'],
    ['a template that is no JSON', transformer('{"a":<a>', { a: '$.detail' }), 'Invalid InputTemplate for target t1 : [Source: (String)"{"a":<a>"; line: 1, column: 9].'],
    ['text without quotes', transformer('plain <a>', { a: '$.detail' }), 'Invalid InputTemplate for target t1'],
    ['a document in a list', transformer('[<aws.events.event.json>]'), 'InputTemplate for target t1 contains placeholder aws.events.event.json valid only for JSON template.'],
    ['a document in a text', transformer('"<aws.events.event.json>"'), 'InputTemplate for target t1 contains placeholder aws.events.event.json valid only for JSON template.'],
    ['a reserved name', transformer('{}', { 'aws.events.rule-name': '$.detail' }), '1 validation error detected'],
    ['101 paths', transformer('{}', Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`v${index}`, '$']))), '1 validation error detected'],
    ['a long template', transformer(`{"a":"${'x'.repeat(8_192)}"}`), "at 'targets.1.member.inputTransformer.inputTemplate' failed to satisfy constraint: Member must have length less than or equal to 8192"],
  ])('refuses %s', async (_, target, message) => {
    await expect(put(target)).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
  });

  test('keeps a target as it was given', async () => {
    const target: Partial<Target> = { ...transformer('{"a":<a>}', { a: '$.detail' }), RetryPolicy: { MaximumRetryAttempts: 3 } };
    const { events } = await put(target);
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: 'paid-orders', EventBusName: 'shop' }));
    expect(Targets[1]).toEqual({ Id: 't1', Arn: QUEUE, ...target });
  });

  test('an input that the event does not have is a dead letter, and is told if there is no queue for it', async () => {
    const warnings: unknown[] = [];
    const shop = await lab({
      ...stack({ target: { InputPath: '$.detail.none', DeadLetterConfig: undefined } }), surroundings: { log: { warn: (_, details) => warnings.push(details) } },
    });
    await publish(shop, paid(1));
    await until(() => shop.aws.metrics().givenUp === 1);
    expect(warnings).toEqual([expect.objectContaining({ ERROR_CODE: 'INVALID_JSON' })]);
  });
});
