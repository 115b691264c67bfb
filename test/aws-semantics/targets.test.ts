/** Rules and their targets: input, limits, FIFO, dead letters, archives and replays. */
import {
  CreateArchiveCommand, DeleteArchiveCommand, DescribeArchiveCommand, DescribeReplayCommand, PutRuleCommand, PutTargetsCommand, StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import type { StartReplayCommandInput, Target } from '@aws-sdk/client-eventbridge';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { ACCOUNT, openAws, REGION, semantics } from './aws-under-test.ts';

const aws = openAws();
const detail = { state: 'paid', id: 'o-1', count: 3, payload: { acc_id: 1, sf_id: 'baz' }, names: ['A', 'B'] };
const entry = { Source: 'shop', DetailType: 'Paid', Detail: JSON.stringify(detail) };
const LIMIT_MS = 4_000;

/** What a target with this input is sent of one event. */
async function delivered(input: Partial<Target>): Promise<string | undefined> {
  const [bus, queue] = [await aws.bus(), await aws.queue()];
  await aws.rule(bus, { source: ['shop'] }, [{ Arn: queue.arn, ...input }]);
  await aws.put({ ...entry, EventBusName: bus });
  return (await aws.take(queue))?.Body;
}

const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}): Promise<string | undefined> => delivered({ InputTransformer: { InputTemplate, InputPathsMap } });

describe('the input of a target', () => {
  semantics('is a constant', async () => expect(await delivered({ Input: '{"fixed":true}' })).toBe('{"fixed":true}'));
  semantics('is an object in the event', async () => expect(JSON.parse((await delivered({ InputPath: '$.detail.payload' })) ?? '')).toEqual({ acc_id: 1, sf_id: 'baz' }));
  semantics('is a text in the event, as JSON', async () => expect(await delivered({ InputPath: '$.detail.id' })).toBe('"o-1"'));
  semantics('is a text with what stands at its paths', async () => expect(await transformed('"order <id> is <state>"', { id: '$.detail.id', state: '$.detail.state' })).toBe('"order o-1 is paid"'));
  semantics('is JSON with values of all kinds', async () => {
    const body = await transformed('{"id":<id>,"count":<count>,"payload":<payload>,"names":<names>,"none":<none>}', {
      id: '$.detail.id', count: '$.detail.count', payload: '$.detail.payload', names: '$.detail.names', none: '$.detail.none',
    });
    expect(JSON.parse(body ?? '{}')).toEqual({ id: 'o-1', count: 3, payload: detail.payload, names: ['A', 'B'], none: '' });
  });
  semantics('is JSON in which a path stands within a text', async () => expect(JSON.parse((await transformed('{"path":"users/<id>"}', { id: '$.detail.id' })) ?? '{}')).toEqual({ path: 'users/o-1' }));
  semantics('names rule and event by the reserved words', async () => {
    const body = JSON.parse((await transformed('{"rule":<aws.events.rule-name>,"event":<aws.events.event.json>}')) ?? '{}') as { rule?: string; event?: object };
    expect(body.rule).toMatch(/^rule-/);
    expect(body.event).toMatchObject({ source: 'shop', 'detail-type': 'Paid', detail });
  });
  semantics('has one form only', async () => {
    await expect(delivered({ Input: '{}', InputPath: '$.detail' })).rejects.toMatchObject({ name: 'ValidationException', message: 'Only one of Input, InputPath, or InputTransformer must be provided for target t0.' });
  }, 'it takes both');
  semantics('names only what it has a path for', async () => {
    await expect(transformed('{"a":<b>}')).rejects.toMatchObject({ message: 'InputTemplate for target t0 contains invalid placeholder b.' });
  });
});

describe('a rule', () => {
  semantics('has five targets at most', async () => {
    const [bus, queue] = [await aws.bus(), await aws.queue()];
    const rule = await aws.rule(bus, { source: ['shop'] }, Array.from({ length: 5 }, () => ({ Arn: queue.arn })));
    await expect(aws.events.send(new PutTargetsCommand({ Rule: rule, EventBusName: bus, Targets: [{ Id: 't5', Arn: queue.arn }] }))).rejects.toMatchObject({
      name: 'LimitExceededException', message: 'The requested resource exceeds the maximum number allowed.',
    });
  });

  semantics('with an invalid pattern is refused, and the bus goes on', async () => {
    const [bus, queue] = [await aws.bus(), await aws.queue()];
    await aws.rule(bus, { source: ['shop'] }, [{ Arn: queue.arn }]);
    await expect(aws.events.send(new PutRuleCommand({ Name: aws.name('rule'), EventBusName: bus, EventPattern: '{"source":"x"}' }))).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
  }, 'it takes the rule, and from then on nothing on that bus is delivered');

  semantics('fills a FIFO queue under the group that it names', async () => {
    const [bus, queue] = [await aws.bus(), await aws.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }, '.fifo')];
    await aws.rule(bus, { source: ['shop'] }, [{ Arn: queue.arn, SqsParameters: { MessageGroupId: 'shop' } }]);
    await aws.put({ ...entry, EventBusName: bus });
    expect((await aws.take(queue))?.Attributes).toMatchObject({ MessageGroupId: 'shop' });
  });

  semantics('gives what it cannot deliver to the dead-letter queue of its target, with the reason', async () => {
    const [bus, queue, dead] = [await aws.bus(), await aws.queue(), await aws.queue()];
    const rule = await aws.rule(bus, { source: ['shop'] }, [{ Arn: queue.arn, DeadLetterConfig: { Arn: dead.arn } }]);
    await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
    await aws.put({ ...entry, EventBusName: bus });
    expect((await aws.take(dead))?.MessageAttributes).toMatchObject({
      RULE_ARN: { StringValue: `arn:aws:events:${REGION}:${ACCOUNT}:rule/${bus}/${rule}` }, TARGET_ARN: { StringValue: queue.arn }, ERROR_CODE: { StringValue: 'NO_RESOURCE' },
    });
  }, 'the event is lost');
});

describe('an archive', () => {
  const archiveOf = async (bus: string): Promise<string> => {
    const ArchiveName = aws.name('archive');
    await aws.events.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${bus}`, EventPattern: '{"source":["shop"]}' }));
    return ArchiveName;
  };
  const kept = async (ArchiveName: string): Promise<number> => (await aws.events.send(new DescribeArchiveCommand({ ArchiveName }))).EventCount ?? 0;
  const replay = (archive: string, bus: string, change: Partial<StartReplayCommandInput> = {}): StartReplayCommandInput => ({
    ReplayName: aws.name('replay'), EventSourceArn: `arn:aws:events:${REGION}:${ACCOUNT}:archive/${archive}`, Destination: { Arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${bus}` },
    EventStartTime: new Date(Date.now() - 300_000), EventEndTime: new Date(Date.now() + 300_000), ...change,
  });
  /** A bus with an archive that has kept one event, and the queue that the event came to. */
  async function archived(): Promise<{ bus: string; archive: string; queue: { url: string; arn: string } }> {
    const [bus, queue] = [await aws.bus(), await aws.queue()];
    const archive = await archiveOf(bus);
    await aws.rule(bus, { source: ['shop', 'warehouse'] }, [{ Arn: queue.arn }]);
    await aws.put({ ...entry, EventBusName: bus }, { ...entry, Source: 'warehouse', EventBusName: bus });
    await eventually('the event, archived', async () => ((await kept(archive)) > 0 ? true : undefined), LIMIT_MS);
    for (const _ of [1, 2]) expect(await aws.take(queue)).toBeDefined();
    return { bus, archive, queue };
  }
  const gone = (ArchiveName: string): Promise<unknown> => aws.events.send(new DeleteArchiveCommand({ ArchiveName }));

  semantics('keeps the events that match its pattern', async () => {
    const { archive } = await archived();
    expect(await kept(archive)).toBe(1);
    await gone(archive);
  });

  semantics('is replayed to the rules of its bus, and each event says so', async () => {
    const { bus, archive, queue } = await archived();
    const request = replay(archive, bus);
    expect(await aws.events.send(new StartReplayCommand(request))).toMatchObject({ State: 'STARTING' });
    expect(JSON.parse((await aws.take(queue))?.Body ?? '{}')).toMatchObject({ 'replay-name': request.ReplayName, source: 'shop', detail });
    await eventually('its end', async () => ((await aws.events.send(new DescribeReplayCommand({ ReplayName: request.ReplayName }))).State === 'COMPLETED' ? true : undefined), LIMIT_MS);
    await gone(archive);
  }, 'StartReplay answers 500');

  semantics('is not replayed to another bus, nor backwards', async () => {
    const { bus, archive } = await archived();
    const other = await aws.bus();
    await expect(aws.events.send(new StartReplayCommand(replay(archive, other)))).rejects.toMatchObject({
      name: 'ValidationException', message: 'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    });
    const [EventStartTime, EventEndTime] = [new Date(), new Date(Date.now() - 60_000)];
    await expect(aws.events.send(new StartReplayCommand(replay(archive, bus, { EventStartTime, EventEndTime })))).rejects.toMatchObject({
      name: 'ValidationException', message: 'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    });
    await gone(archive);
  });
});
