import { describe, expect, test } from '@jest/globals';
import {
  CancelReplayCommand, CreateArchiveCommand, DeleteArchiveCommand, DescribeArchiveCommand, DescribeReplayCommand, ListArchivesCommand, ListReplaysCommand,
  PutRuleCommand, PutTargetsCommand, StartReplayCommand, UpdateArchiveCommand, type StartReplayCommandInput,
} from '@aws-sdk/client-eventbridge';
import { ACCOUNT, isEmpty, lab, newQueue, orders, paid, publish, receive, REGION, stack, until, url, type Lab } from '../../test-kit/lab.ts';
import type { LocalAwsOptions } from '../server.ts';

const arn = (rest: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:${rest}`;
const BUS = arn('event-bus/shop');
const ARCHIVE = arn('archive/kept');
const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

const replayOf = (ReplayName: string, more: Partial<StartReplayCommandInput> = {}): StartReplayCommandInput => ({
  ReplayName, EventSourceArn: ARCHIVE, EventStartTime: minutes(-5), EventEndTime: minutes(5), Destination: { Arn: BUS }, ...more,
});

/** A stack whose bus is archived. */
async function archived(archive: object = {}, options: LocalAwsOptions = {}): Promise<Lab> {
  const Kept = { Type: 'AWS::Events::Archive', Properties: { ArchiveName: 'kept', SourceArn: { 'Fn::GetAtt': ['Bus', 'Arn'] }, ...archive } };
  return lab({ ...stack({ resources: { Kept } }), ...options });
}

const count = async ({ events }: Lab): Promise<number | undefined> => (await events.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }))).EventCount;

async function finished({ events }: Lab, ReplayName: string, state = 'COMPLETED'): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if ((await events.send(new DescribeReplayCommand({ ReplayName }))).State === state) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  throw new Error(`the replay ${ReplayName} is not ${state}`);
}

describe('an archive', () => {
  test('is made, told, listed, changed and deleted', async () => {
    const { events } = await lab(stack());
    const created = await events.send(new CreateArchiveCommand({
      ArchiveName: 'kept', EventSourceArn: BUS, Description: 'all of it', EventPattern: '{"source":["shop"]}', RetentionDays: 1,
    }));
    expect(created).toMatchObject({ ArchiveArn: ARCHIVE, State: 'ENABLED', CreationTime: expect.any(Date) });
    const summary = { ArchiveName: 'kept', EventSourceArn: BUS, State: 'ENABLED', RetentionDays: 1, SizeBytes: 0, EventCount: 0, CreationTime: expect.any(Date) };
    expect((await events.send(new ListArchivesCommand({ NamePrefix: 'ke' }))).Archives).toEqual([summary]);
    expect((await events.send(new ListArchivesCommand({ EventSourceArn: BUS, State: 'ENABLED' }))).Archives).toEqual([summary]);
    expect((await events.send(new ListArchivesCommand({ EventSourceArn: arn('event-bus/default') }))).Archives).toEqual([]);
    expect((await events.send(new ListArchivesCommand({ NamePrefix: 'no' }))).Archives).toEqual([]);
    expect(await events.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }))).toMatchObject({ ...summary, ArchiveArn: ARCHIVE, Description: 'all of it', EventPattern: '{"source":["shop"]}' });
    await events.send(new UpdateArchiveCommand({ ArchiveName: 'kept', RetentionDays: 2 }));
    expect(await events.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }))).toMatchObject({ RetentionDays: 2, Description: 'all of it', EventPattern: '{"source":["shop"]}' });
    await events.send(new DeleteArchiveCommand({ ArchiveName: 'kept' }));
    expect((await events.send(new ListArchivesCommand({}))).Archives).toEqual([]);
  });

  test('keeps what its pattern wants, whether a rule wants it or not, until it is deleted', async () => {
    const shop = await archived({ EventPattern: { detail: { order: [{ numeric: ['>', 1] }] } } });
    await publish(shop, paid(1), paid(2), { ...paid(3), Source: 'other' });
    await until(() => shop.aws.metrics().archived === 2);
    expect(await count(shop)).toBe(2);
    await shop.events.send(new UpdateArchiveCommand({ ArchiveName: 'kept', EventPattern: '{"detail":{"order":[1]}}' }));
    await publish(shop, paid(1), paid(2));
    await until(() => shop.aws.metrics().archived === 3);
    await shop.events.send(new DeleteArchiveCommand({ ArchiveName: 'kept' }));
    await publish(shop, paid(1));
    await receive(shop, url(shop), 5);
    expect(shop.aws.metrics().archived).toBe(3);
  });

  test.each<[string, LocalAwsOptions]>([['events', { maxArchivedEvents: 3 }], ['bytes', { maxArchivedBytes: 700 }]])('forgets its oldest events above its bound of %s', async (_, options) => {
    const shop = await archived({}, options);
    await publish(shop, paid(1), paid(2), paid(3), paid(4), paid(5));
    await receive(shop, url(shop), 5);
    expect(await count(shop)).toBe(3);
    await shop.events.send(new StartReplayCommand(replayOf('r')));
    expect(orders(await receive(shop, url(shop), 3))).toEqual([3, 4, 5]);
  });

  test('forgets what is older than its days', async () => {
    let laterMs = 0;
    const shop = await archived({ RetentionDays: 1 }, {
      surroundings: { clock: { nowMs: () => Date.now() + laterMs, after: () => () => undefined, soon: (run) => void setImmediate(run) } },
    });
    await publish(shop, paid(1), paid(2));
    await until(() => shop.aws.metrics().archived === 2);
    laterMs = 86_000_000;
    expect(await count(shop)).toBe(2);
    laterMs = 86_500_000;
    expect(await count(shop)).toBe(0);
  });

  test.each<[string, (events: Lab['events']) => Promise<unknown>, object]>([
    ['an unknown bus', (events) => events.send(new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn: arn('event-bus/none') })), { name: 'ResourceNotFoundException', message: 'Event bus none does not exist.' }],
    ['what is no bus', (events) => events.send(new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q` })), { name: 'ValidationException', message: expect.stringContaining("at 'eventSourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern") }],
    ['a name twice', (events) => events.send(new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: BUS })), { name: 'ResourceAlreadyExistsException', message: 'Archive kept already exists.' }],
    ['a bad pattern', (events) => events.send(new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn: BUS, EventPattern: '{"a":1}' })), { name: 'InvalidEventPatternException' }],
    ['to tell of an unknown one', (events) => events.send(new DescribeArchiveCommand({ ArchiveName: 'none' })), { name: 'ResourceNotFoundException', message: 'Archive none does not exist.' }],
    ['to delete an unknown one', (events) => events.send(new DeleteArchiveCommand({ ArchiveName: 'none' })), { name: 'ResourceNotFoundException', message: 'Archive none does not exist.' }],
    ['to list those of an unknown bus', (events) => events.send(new ListArchivesCommand({ EventSourceArn: arn('event-bus/none') })), { name: 'ResourceNotFoundException', message: 'Event bus none does not exist.' }],
  ])('refuses %s', async (_, call, failure) => {
    const { events } = await archived();
    await expect(call(events)).rejects.toMatchObject(failure);
  });
});

describe('a replay', () => {
  test('sends the archived events again, under their ids, with its name in them, and archives none', async () => {
    const shop = await archived();
    await publish(shop, paid(1), { ...paid(2), DetailType: 'odd ,"detail":{}' }, { ...paid(3), Detail: '{"order":3.0,"state":"paid"}' });
    const before = await receive(shop, url(shop), 3);
    const started = await shop.events.send(new StartReplayCommand(replayOf('again', { Description: 'once more' })));
    expect(started).toMatchObject({ ReplayArn: arn('replay/again'), State: 'STARTING', ReplayStartTime: expect.any(Date) });
    const after = await receive(shop, url(shop), 3);
    const named = before.map(({ Body = '' }) => Body.replace(`"region":"${REGION}",`, `"region":"${REGION}","replay-name":"again",`));
    expect(after.map(({ Body }) => Body)).toEqual(named);
    await finished(shop, 'again');
    expect(await shop.events.send(new DescribeReplayCommand({ ReplayName: 'again' }))).toMatchObject({
      ReplayName: 'again', ReplayArn: arn('replay/again'), Description: 'once more', State: 'COMPLETED', EventSourceArn: ARCHIVE, Destination: { Arn: BUS },
      EventStartTime: expect.any(Date), EventEndTime: expect.any(Date), EventLastReplayedTime: expect.any(Date), ReplayStartTime: expect.any(Date), ReplayEndTime: expect.any(Date),
    });
    expect(await count(shop)).toBe(3);
    expect(shop.aws.metrics()).toMatchObject({ archived: 3, replayed: 3 });
  });

  test('sends what happened from its start to its end', async () => {
    const shop = await archived();
    await publish(shop, ...[1, 2, 3, 4].map((order) => ({ ...paid(order), Time: new Date(Date.UTC(2026, 0, 1, 0, order)) })));
    await receive(shop, url(shop), 4);
    const from = new Date(Date.UTC(2026, 0, 1, 0, 2));
    await shop.events.send(new StartReplayCommand(replayOf('part', { EventStartTime: from, EventEndTime: new Date(Date.UTC(2026, 0, 1, 0, 3)) })));
    expect(orders(await receive(shop, url(shop), 2))).toEqual([2, 3]);
    await finished(shop, 'part');
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });

  test('reaches only the rules that it names', async () => {
    const shop = await archived();
    const copy = await newQueue(shop, 'copy');
    const { RuleArn = '' } = await shop.events.send(new PutRuleCommand({ Name: 'all', EventBusName: 'shop', EventPattern: '{"source":["shop"]}' }));
    await shop.events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'shop', Targets: [{ Id: 'copy', Arn: copy.arn }] }));
    await publish(shop, paid(1));
    await Promise.all([receive(shop, url(shop), 1), receive(shop, copy.url, 1)]);
    const replay = replayOf('one-rule', { Destination: { Arn: BUS, FilterArns: [RuleArn] } });
    await shop.events.send(new StartReplayCommand(replay));
    expect(orders(await receive(shop, copy.url, 1))).toEqual([1]);
    await finished(shop, 'one-rule');
    expect(await isEmpty(shop, url(shop))).toBe(true);
    expect(await shop.events.send(new DescribeReplayCommand({ ReplayName: 'one-rule' }))).toMatchObject({ Destination: { Arn: BUS, FilterArns: [RuleArn] } });
  });

  test('is seen by rules that ask for its name', async () => {
    const shop = await archived();
    const replays = await newQueue(shop, 'replays');
    await shop.events.send(new PutRuleCommand({ Name: 'replays', EventBusName: 'shop', EventPattern: '{"replay-name":[{"exists":true}]}' }));
    await shop.events.send(new PutTargetsCommand({ Rule: 'replays', EventBusName: 'shop', Targets: [{ Id: 'q', Arn: replays.arn }] }));
    await publish(shop, paid(1));
    await receive(shop, url(shop), 1);
    await shop.events.send(new StartReplayCommand(replayOf('named')));
    expect(orders(await receive(shop, replays.url, 1))).toEqual([1]);
  });

  test('goes at its rate, and stops when it is cancelled', async () => {
    const shop = await archived({}, { replayedEventsPerSecond: 5 });
    await publish(shop, ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(paid));
    await receive(shop, url(shop), 10);
    await shop.events.send(new StartReplayCommand(replayOf('slow')));
    await until(() => shop.aws.metrics().replayed >= 1);
    expect(await shop.events.send(new DescribeReplayCommand({ ReplayName: 'slow' }))).toMatchObject({ State: 'RUNNING', EventLastReplayedTime: expect.any(Date) });
    expect(await shop.events.send(new CancelReplayCommand({ ReplayName: 'slow' }))).toMatchObject({ ReplayArn: arn('replay/slow'), State: 'CANCELLING' });
    await finished(shop, 'slow', 'CANCELLED');
    const { replayed } = shop.aws.metrics();
    expect(replayed).toBeLessThan(10);
    await expect(shop.events.send(new CancelReplayCommand({ ReplayName: 'slow' }))).rejects.toMatchObject({
      name: 'IllegalStatusException', message: 'Replay slow is not in a valid state for this operation.',
    });
    expect(orders(await receive(shop, url(shop), replayed))).toHaveLength(replayed);
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });

  test('is listed, in pages', async () => {
    const { events } = await archived();
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) await events.send(new StartReplayCommand(replayOf(name)));
    const first = await events.send(new ListReplaysCommand({ NamePrefix: 'a-', Limit: 2 }));
    expect(first.Replays?.map(({ ReplayName }) => ReplayName)).toEqual(['a-1', 'a-2']);
    const second = await events.send(new ListReplaysCommand({ NamePrefix: 'a-', Limit: 2, NextToken: first.NextToken }));
    expect([second.Replays?.map(({ ReplayName }) => ReplayName), second.NextToken]).toEqual([['a-3'], undefined]);
    expect((await events.send(new ListReplaysCommand({ EventSourceArn: ARCHIVE }))).Replays).toHaveLength(4);
    expect((await events.send(new ListReplaysCommand({ EventSourceArn: arn('archive/other') }))).Replays).toEqual([]);
    expect((await events.send(new ListReplaysCommand({ State: 'FAILED' }))).Replays).toEqual([]);
  });

  test.each<[string, Partial<StartReplayCommandInput>, object]>([
    ['an unknown archive', { EventSourceArn: arn('archive/none') }, { name: 'ValidationException', message: 'Parameter EventSourceArn is not valid. Reason: Archive none does not exist.' }],
    ['an unknown bus', { Destination: { Arn: arn('event-bus/none') } }, { name: 'ResourceNotFoundException', message: 'Event bus none does not exist.' }],
    ['another bus', { Destination: { Arn: arn('event-bus/default') } }, { name: 'ValidationException', message: 'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.' }],
    ['an end before its start', { EventStartTime: minutes(1), EventEndTime: minutes(0) }, { name: 'ValidationException', message: 'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.' }],
    ['no time at all', { EventStartTime: new Date(0), EventEndTime: new Date(0) }, { name: 'ValidationException', message: 'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.' }],
    ['a name twice', { ReplayName: 'first' }, { name: 'ResourceAlreadyExistsException', message: 'Replay first already exists.' }],
    ['an unknown rule', { Destination: { Arn: BUS, FilterArns: [arn('rule/shop/none')] } }, { name: 'ValidationException', message: expect.stringContaining('Destination.FilterArns') }],
  ])('is refused for %s', async (_, change, failure) => {
    const { events } = await archived();
    await events.send(new StartReplayCommand(replayOf('first')));
    await expect(events.send(new StartReplayCommand(replayOf('second', change)))).rejects.toMatchObject(failure);
  });

  test('is refused as the eleventh at once, and where it is not known', async () => {
    const never = { nowMs: Date.now, after: () => () => undefined, soon: (run: () => void) => void setImmediate(run) };
    const { events } = await archived({}, { surroundings: { clock: never } });
    await Promise.all(Array.from({ length: 10 }, (_, index) => events.send(new StartReplayCommand(replayOf(`r${index}`)))));
    await expect(events.send(new StartReplayCommand(replayOf('r10')))).rejects.toMatchObject({
      name: 'LimitExceededException', message: 'The requested resource exceeds the maximum number allowed.',
    });
    for (const command of [new DescribeReplayCommand({ ReplayName: 'none' }), new CancelReplayCommand({ ReplayName: 'none' })]) {
      await expect(events.send(command as DescribeReplayCommand)).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'Replay none does not exist.' });
    }
  });
});
