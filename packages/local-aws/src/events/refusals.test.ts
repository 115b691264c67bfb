import { describe, expect, test } from '@jest/globals';
import {
  CreateEventBusCommand, DeleteEventBusCommand, DeleteRuleCommand, DescribeEventBusCommand, DescribeRuleCommand, DisableRuleCommand, EnableRuleCommand, ListEventBusesCommand,
  ListRulesCommand, ListTagsForResourceCommand, ListTargetsByRuleCommand, PutEventsCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand, TagResourceCommand,
  TestEventPatternCommand, UntagResourceCommand, type EventBridgeClient, type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { ACCOUNT, attributesOf, isEmpty, lab, OPEN_TO_RULES, orders, paid, publish, receive, REGION, stack, until, url } from '../../test-kit/lab.ts';

type Call = (events: EventBridgeClient) => Promise<unknown>;
const rule = { Name: 'paid-orders', EventBusName: 'shop' };
const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const targets = (count: number) => Array.from({ length: count }, (_, index) => ({ Id: `t${index}`, Arn: queueArn(`q${index}`) }));
const putTarget = (target: object): Call => (events) => events.send(new PutTargetsCommand({ Rule: 'paid-orders', EventBusName: 'shop', Targets: [{ Id: 't', Arn: queueArn('q'), ...target }] }));
const putRule = (change: object): Call => (events) => events.send(new PutRuleCommand({ ...rule, ...change }));
const NAME = String.raw`Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`;

describe('EventBridge refuses', () => {
  test.each<[string, Call, string, string]>([
    ['an invalid pattern', putRule({ EventPattern: '{"a":[]}' }), 'InvalidEventPatternException', 'Event pattern is not valid. Reason: Empty arrays are not allowed\n at [Source: (String)"{"a":[]}"; line: 1, column: 8]'],
    ['a pattern of 2,049 characters', putRule({ EventPattern: JSON.stringify({ a: ['x'.repeat(2_039)] }) }), 'ValidationException', 'Parameter EventPattern for rule paid-orders exceeds limit of 2048.'],
    ['a rule without pattern', putRule({}), 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
    ['a name with a space', putRule({ Name: 'a b', EventPattern: '{"a":[1]}' }), 'ValidationException', `1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: ${NAME}`],
    ['a name of 65 characters', putRule({ Name: 'x'.repeat(65), EventPattern: '{"a":[1]}' }), 'ValidationException', `1 validation error detected: Value '${'x'.repeat(65)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64`],
    ['a state that it does not know', putRule({ State: 'PAUSED', EventPattern: '{"a":[1]}' }), 'ValidationException', "1 validation error detected: Value 'PAUSED' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]"],
    ['two faults at once', putRule({ Name: 'a b', State: 'PAUSED', EventPattern: '{"a":[1]}' }), 'ValidationException', '2 validation errors detected: '],
    ['a rule on an unknown bus', putRule({ EventBusName: 'none', EventPattern: '{"a":[1]}' }), 'ResourceNotFoundException', 'Event bus none does not exist.'],
    ['to tell of an unknown rule', (events) => events.send(new DescribeRuleCommand({ Name: 'none' })), 'ResourceNotFoundException', 'Rule none does not exist on EventBus default.'],
    ['to delete a rule with targets', (events) => events.send(new DeleteRuleCommand(rule)), 'ValidationException', "Rule can't be deleted since it has targets."],
    ['a sixth target', (events) => events.send(new PutTargetsCommand({ Rule: 'paid-orders', EventBusName: 'shop', Targets: targets(5) })), 'LimitExceededException', 'The requested resource exceeds the maximum number allowed.'],
    ['targets of an unknown rule', (events) => events.send(new PutTargetsCommand({ Rule: 'none', EventBusName: 'shop', Targets: targets(1) })), 'ResourceNotFoundException', 'Rule none does not exist on EventBus shop.'],
    ['a bad id of a target', putTarget({ Id: '!@#$@!#$' }), 'ValidationException', `1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: ${NAME}`],
    ['186 attempts', putTarget({ RetryPolicy: { MaximumRetryAttempts: 186 } }), 'ValidationException', "Value '186' at 'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185"],
    ['an age of 59 seconds', putTarget({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }), 'ValidationException', "Value '59' at 'targets.1.member.retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"],
    ['a bus that is there', (events) => events.send(new CreateEventBusCommand({ Name: 'shop' })), 'ResourceAlreadyExistsException', 'Event bus shop already exists.'],
    ['to tell of an unknown bus', (events) => events.send(new DescribeEventBusCommand({ Name: 'none' })), 'ResourceNotFoundException', 'Event bus none does not exist.'],
    ['to delete the default bus', (events) => events.send(new DeleteEventBusCommand({ Name: 'default' })), 'ValidationException', 'Cannot delete event bus default.'],
    ['to delete a bus with rules', (events) => events.send(new DeleteEventBusCommand({ Name: 'shop' })), 'ValidationException', 'Cannot delete event bus shop: it still has rules.'],
  ])('%s', async (_, call, name, message) => {
    const { events } = await lab(stack());
    await expect(call(events)).rejects.toMatchObject({ name, message: expect.stringContaining(message), $metadata: { httpStatusCode: 400 } });
    expect((await events.send(new ListTargetsByRuleCommand({ Rule: 'paid-orders', EventBusName: 'shop' }))).Targets).toHaveLength(1);
  });

  test('eleven entries, with all of them in its words, and none', async () => {
    const { events } = await lab();
    const entry = { Source: 's', DetailType: 't', Detail: '{"a":1}', EventBusName: 'b', Resources: ['r1', 'r2'] };
    const printed = 'PutEventsRequestEntry(time=null, source=s, resources=[r1, r2], detailType=t, detail={"a":1}, eventBusName=b, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)';
    const put = (Entries: PutEventsRequestEntry[]) => events.send(new PutEventsCommand({ Entries }));
    await expect(put(Array.from({ length: 11 }, () => entry))).rejects.toMatchObject({
      name: 'ValidationException',
      message: `1 validation error detected: Value '[${Array.from({ length: 11 }, () => printed).join(', ')}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10`,
    });
    await expect(put([])).rejects.toMatchObject({ message: "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1" });
  });

  test('a time that has no year of four digits, and takes 1970', async () => {
    const shop = await lab(stack());
    const at = (seconds: number): PutEventsRequestEntry => ({ ...paid(1), Time: new Date(seconds * 1_000) });
    const { Entries = [] } = await shop.events.send(new PutEventsCommand({ Entries: [at(253_402_300_800), at(-62_167_219_201), at(0)] }));
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual(['InvalidArgument', 'InvalidArgument', undefined]);
    const [message] = await receive(shop, url(shop), 1);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ time: '1970-01-01T00:00:00Z' });
  });

  test('a trace header of 501 characters, with the whole request', async () => {
    const { events } = await lab();
    const put = (length: number) => events.send(new PutEventsCommand({ Entries: [paid(1), { ...paid(2), TraceHeader: 'x'.repeat(length) }] }));
    await expect(put(501)).rejects.toMatchObject({
      name: 'ValidationException', message: `1 validation error detected: Value '${'x'.repeat(501)}' at 'entries.2.member.traceHeader' failed to satisfy constraint: Member must have length less than or equal to 500`,
    });
    expect(await put(500)).toMatchObject({ FailedEntryCount: 0 });
  });

  test.each([['9223372036854775807', undefined], ['9223372036854775808', 'MalformedDetail'], ['-9223372036854775808', undefined], ['-9223372036854775809', 'MalformedDetail'], ['9223372036854775808.5', undefined], ['1e30', undefined], ['"9223372036854775808"', undefined], ['[{"b":12345678901234567890}]', 'MalformedDetail']])(
    'a detail whose integers have more than 64 bits (%s: %s)', async (value, code) => {
      const { events } = await lab();
      const { Entries } = await events.send(new PutEventsCommand({ Entries: [{ ...paid(1), Detail: `{"a":${value}}` }] }));
      expect(Entries?.[0]?.ErrorCode).toBe(code);
    });

  test('a bus of another account, whose policy lets nobody in, and loses what is for another region', async () => {
    const shop = await lab(stack());
    const arn = (region: string, account: string): string => `arn:aws:events:${region}:${account}:event-bus/shop`;
    const { Entries = [], FailedEntryCount } = await shop.events.send(new PutEventsCommand({
      Entries: [{ ...paid(1), EventBusName: arn(REGION, '999999999999') }, { ...paid(2), EventBusName: arn('us-east-1', ACCOUNT) }, { ...paid(3), EventBusName: arn(REGION, ACCOUNT) }],
    }));
    expect([FailedEntryCount, ...Entries.map(({ ErrorCode }) => ErrorCode)]).toEqual([1, 'AccessDeniedException', undefined, undefined]);
    expect(orders(await receive(shop, url(shop), 1))).toEqual([3]);
    expect(shop.aws.metrics()).toMatchObject({ accepted: 2, lostToUnknownBus: 1 });
    await expect(shop.events.send(new DescribeEventBusCommand({ Name: arn(REGION, '999999999999') }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a thirty-first rule with wildcards on one bus, in any form, and takes one again that is there', async () => {
    const { events } = await lab(stack());
    const put = (name: string, pattern: object): Promise<unknown> => events.send(new PutRuleCommand({ Name: name, EventBusName: 'shop', EventPattern: JSON.stringify(pattern) }));
    for (let index = 0; index < 30; index += 1) await put(`w${index}`, { a: [index % 2 === 0 ? { wildcard: 'x*y' } : { 'anything-but': { wildcard: 'x*y' } }] });
    await expect(put('w30', { a: [{ wildcard: 'x*' }] })).rejects.toMatchObject({ name: 'LimitExceededException', message: 'The requested resource exceeds the maximum number allowed.' });
    await expect(put('w30', { a: ['x*'] })).resolves.toBeDefined();
    await expect(put('w0', { a: [{ wildcard: 'z*' }] })).resolves.toBeDefined();
  });

  test('no pattern of 2,048 characters, however many bytes they are', async () => {
    const { events } = await lab(stack());
    await expect(events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ a: ['ü'.repeat(2_038)] }) }))).resolves.toBeDefined();
  });

  test.each([['too deep', '['.repeat(1_100) + ']'.repeat(1_100)], ['of more than 64 bits', '9223372036854775808']])('a detail of which a value that a later key hides is %s: the bus goes on', async (_, value) => {
    const shop = await lab(stack());
    const { Entries = [] } = await shop.events.send(new PutEventsCommand({ Entries: [{ ...paid(1), Detail: `{"a":${value},"a":"\\"[["}` }, { ...paid(2), Detail: `{"order":2,"text":"${'[{'.repeat(1_100)}\\\\"}` }] }));
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual(['MalformedDetail', undefined]);
    await publish(shop, paid(3));
  });

  test('single entries: a detail type of 129 characters, a detail that only looks like one', async () => {
    const shop = await lab(stack());
    const { Entries = [] } = await shop.events.send(new PutEventsCommand({
      Entries: [{ ...paid(1), DetailType: 'x'.repeat(129) }, { ...paid(2), Detail: '{},"source":"other"' }, { ...paid(3), Detail: `${'{"a":'.repeat(999)}1${'}'.repeat(999)}` }, { ...paid(4), DetailType: 'x'.repeat(128) }],
    }));
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual(['InvalidArgument', 'MalformedDetail', undefined, undefined]);
    expect(orders(await receive(shop, url(shop), 1))).toEqual([4]);
  });
});

test('a queue without a policy takes nothing from a rule', async () => {
  const closed = { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Undelivered' }], PolicyDocument: OPEN_TO_RULES } };
  const shop = await lab(stack({ resources: { OpenToRules: closed } }));
  await publish(shop, paid(1));
  const [message] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
  expect(attributesOf(message)['ERROR_CODE']).toBe('NO_PERMISSIONS');
  expect(await isEmpty(shop, url(shop))).toBe(true);
});

describe('a rule', () => {
  test('is disabled, enabled, and taken away when its targets are gone', async () => {
    const shop = await lab(stack());
    await shop.events.send(new DisableRuleCommand(rule));
    expect(await shop.events.send(new DescribeRuleCommand(rule))).toMatchObject({ State: 'DISABLED', CreatedBy: ACCOUNT });
    await publish(shop, paid(1));
    await until(() => shop.aws.metrics().unmatched === 1);
    await shop.events.send(new EnableRuleCommand(rule));
    await publish(shop, paid(2));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([2]);
    await shop.events.send(new RemoveTargetsCommand({ Rule: 'paid-orders', EventBusName: 'shop', Ids: ['queue', 'unknown'] }));
    await shop.events.send(new DeleteRuleCommand(rule));
    await shop.events.send(new DeleteRuleCommand(rule));
    await publish(shop, paid(3));
    await until(() => shop.aws.metrics().unmatched === 2);
    expect(await isEmpty(shop, url(shop))).toBe(true);
    await shop.events.send(new DeleteEventBusCommand({ Name: 'shop' }));
    await expect(shop.events.send(new DescribeEventBusCommand({ Name: 'shop' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('put again keeps its targets and takes the new pattern', async () => {
    const shop = await lab(stack());
    await shop.events.send(new PutRuleCommand({ ...rule, EventPattern: '{"detail":{"order":[2]}}' }));
    await publish(shop, paid(1), paid(2));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([2]);
  });

  test('is one of 300 at most, and each still finds its own events', async () => {
    const shop = await lab(stack());
    for (let number = 1; number < 300; number += 1) {
      await shop.events.send(new PutRuleCommand({ Name: `r${number}`, EventBusName: 'shop', EventPattern: JSON.stringify({ detail: { order: [number] }, source: ['bulk'] }) }));
    }
    await expect(shop.events.send(new PutRuleCommand({ Name: 'r300', EventBusName: 'shop', EventPattern: '{"a":[1]}' }))).rejects.toMatchObject({ name: 'LimitExceededException' });
    for (const number of [7, 299]) {
      const Input = JSON.stringify({ detail: { order: 1_000 + number } });
      await shop.events.send(new PutTargetsCommand({ Rule: `r${number}`, EventBusName: 'shop', Targets: [{ Id: 't', Arn: queueArn('orders'), Input }] }));
    }
    await publish(shop, { ...paid(7), Source: 'bulk' }, { ...paid(300), Source: 'bulk' }, { ...paid(299), Source: 'bulk' }, paid(5));
    expect(orders(await receive(shop, url(shop), 3))).toEqual([1_007, 1_299, 5]);
    expect(shop.aws.metrics()).toMatchObject({ unmatched: 1, delivered: 3 });
  });

  test('judges numbers by their spelling', async () => {
    const shop = await lab(stack({ rule: { EventPattern: { detail: { n: [{ numeric: ['>', 0] }] } } } }));
    await publish(shop, { ...paid(1), Detail: '{"order":1,"n":1e400}' }, { ...paid(2), Detail: '{"order":2,"n":0.12345678901234567890}' }, { ...paid(3), Detail: '{"order":3,"n":3.0e2}' });
    expect(orders(await receive(shop, url(shop), 1))).toEqual([3]);
    expect(shop.aws.metrics()).toMatchObject({ unmatched: 2 });
  });
});

describe('lists', () => {
  test('of rules, targets and buses come in pages', async () => {
    const { events } = await lab(stack());
    for (const name of ['a-0', 'a-1', 'a-2', 'b-0']) await events.send(new PutRuleCommand({ Name: name, EventBusName: 'shop', EventPattern: '{"a":[1]}' }));
    const first = await events.send(new ListRulesCommand({ EventBusName: 'shop', NamePrefix: 'a-', Limit: 2 }));
    const second = await events.send(new ListRulesCommand({ EventBusName: 'shop', NamePrefix: 'a-', Limit: 2, NextToken: first.NextToken }));
    expect([first.Rules, second.Rules].map((page) => page?.map(({ Name }) => Name))).toEqual([['a-0', 'a-1'], ['a-2']]);
    expect([typeof first.NextToken, second.NextToken]).toEqual(['string', undefined]);
    expect((await events.send(new ListRulesCommand({ EventBusName: 'shop', NamePrefix: 'a-', Limit: 3 }))).NextToken).toBeUndefined();
    const ofRule = { Rule: 'a-0', EventBusName: 'shop' };
    await events.send(new PutTargetsCommand({ ...ofRule, Targets: targets(5) }));
    const three = await events.send(new ListTargetsByRuleCommand({ ...ofRule, Limit: 3 }));
    const two = await events.send(new ListTargetsByRuleCommand({ ...ofRule, Limit: 3, NextToken: three.NextToken }));
    expect([three.Targets, two.Targets]).toEqual([targets(5).slice(0, 3), targets(5).slice(3)]);
    const buses = await events.send(new ListEventBusesCommand({ Limit: 1 }));
    expect((await events.send(new ListEventBusesCommand({ Limit: 1, NextToken: buses.NextToken }))).EventBuses).toMatchObject([{ Name: 'shop', CreationTime: expect.any(Date) }]);
    await expect(events.send(new ListRulesCommand({ NextToken: 'nonsense' }))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('of tags tell what was added and not removed', async () => {
    const { events } = await lab(stack());
    const { EventBusArn: ResourceARN } = await events.send(new CreateEventBusCommand({ Name: 'tagged', Tags: [{ Key: 'a', Value: '1' }] }));
    await events.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: '2' }, { Key: 'b', Value: '3' }] }));
    await events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['b'] }));
    expect((await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([{ Key: 'a', Value: '2' }]);
  });
});

describe('TestEventPattern', () => {
  const event = { id: '1', account: ACCOUNT, source: 's', time: '2026-01-31T12:00:00Z', region: REGION, 'detail-type': 't' };
  const head = JSON.stringify(event).slice(0, -1);

  test.each<[string, string, boolean]>([
    ['{"detail":{"n":[300]}}', '{"n":300.0}', true],
    ['{"detail":{"n":[{"numeric":["=",1]}]}}', '{"n":1e400}', false],
    ['{"detail":{"n":[12345678901234567890]}}', '{"n":12345678901234567890}', true],
    ['{"detail":{"n":[12345678901234567890]}}', '{"n":12345678901234567891}', false],
    ['{"detail":{"a.b":["x"]}}', '{"a":{"b":"x"}}', true],
    ['{"detail":{"a":["y"]}}', '{"a":"x","a":"y"}', true],
  ])('judges %s against the detail %s as they are spelled', async (EventPattern, detail, Result) => {
    const { events } = await lab();
    expect(await events.send(new TestEventPatternCommand({ EventPattern, Event: `${head},"detail":${detail}}` }))).toMatchObject({ Result });
  });

  test.each(['{}', '[]', '"text"', 'no JSON', `${head}`, JSON.stringify({ ...event, source: undefined })])('refuses the event %s', async (Event) => {
    const { events } = await lab();
    await expect(events.send(new TestEventPatternCommand({ EventPattern: '{"source":["s"]}', Event }))).rejects.toMatchObject({
      name: 'ValidationException', message: 'Parameter Event is not valid.',
    });
  });

  test('refuses a bad pattern in the words of EventBridge', async () => {
    const { events } = await lab();
    await expect(events.send(new TestEventPatternCommand({ EventPattern: '{"a":1}', Event: `${head}}` }))).rejects.toMatchObject({
      name: 'InvalidEventPatternException', message: expect.stringContaining('Event pattern is not valid. Reason: "a" must be an object or an array'),
    });
  });
});
