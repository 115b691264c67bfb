import { afterEach, expect, test } from '@jest/globals';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { CREDENTIALS, REGION, SOURCE } from '../test-kit/aws.ts';
import type { Front, Reply } from '../test-kit/front.http.ts';
import { startFront } from '../test-kit/front.http.ts';
import { keepLines } from '../test-kit/logger.ts';
import type { SubscriptionOptions, TestSubscription } from '../test-kit/subscription.ts';
import { startTestSubscription } from '../test-kit/subscription.ts';
import { checkPublishing } from './publish-check.eventbridge.ts';
import { checkSubscription } from './subscription-check.aws.ts';

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

const STACK = 'TheStack';
const PASS: Reply = { pass: true };
const DENIED: Reply = { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } };

interface Lab {
  readonly aws: TestSubscription;
  readonly front: Front;
}

async function lab(options: SubscriptionOptions = {}, replyTo: (action: string) => Reply = () => PASS): Promise<Lab> {
  const aws = await startTestSubscription(options);
  const front = await startFront(({ action }) => replyTo(action), aws.local.url);
  running.push(() => aws.close(), () => front.close());
  return { aws, front };
}

/** What the check says: the lacks, each a line, and the warnings. */
async function check({ aws, front }: Lab, more: { readonly queueUrl?: string; readonly clientId?: string } = {}): Promise<{ lacks: string[]; warnings: unknown[] }> {
  const logger = keepLines();
  const detail = { data: { ...FulfillmentCompleted.example, clientId: more.clientId ?? 'commerce-coordinator' } };
  const lacks = await checkSubscription({
    queueUrl: more.queueUrl ?? aws.queueUrl, clientOptions: { region: REGION, endpoint: front.url, credentials: CREDENTIALS }, stack: STACK, logger,
    samples: [{ source: SOURCE, type: 'FulfillmentCompleted', detail }],
  }).then(() => [], (error: Error) => error.message.split('\n').slice(1));
  return { lacks, warnings: logger.lines.map(({ fields }) => fields['reason']) };
}

const target = (resources: Record<string, any>): any => resources['Rule'].Properties.Targets[0];

test('a subscription that is whole is passed over in silence, and nothing of the queue is touched', async () => {
  const one = await lab();
  await one.aws.put([{ eventId: '1', eventType: 'FulfillmentCompleted', eventVersion: 'v1', timestamp: new Date().toISOString(), source: SOURCE, correlationId: '1', causationId: null, data: {}, metadata: {} }]);
  expect(await check(one)).toEqual({ lacks: [], warnings: [] });
  expect(one.aws.local.metrics().delivered).toBe(2);
  expect(await one.aws.depth()).toEqual({ visible: 1, inFlight: 0 });
});

test.each<[string, NonNullable<SubscriptionOptions['change']>, string]>([
  ['a queue into which nobody may send', (all) => delete all['Policy'], 'lets EventBridge send nothing'],
  ['a rule that is gone', (all) => delete all['Rule'], 'There is no rule "completions"'],
  ['a rule that is switched off', (all) => { all['Rule'].Properties.State = 'DISABLED'; }, 'aws events enable-rule --name completions'],
  ['a rule for other events', (all) => { all['Rule'].Properties.EventPattern = { source: [SOURCE], 'detail-type': ['FulfillmentFailed'] }; }, 'does not let through FulfillmentCompleted'],
  ['a rule for another client', (all) => { all['Rule'].Properties.EventPattern = { source: [SOURCE], detail: { data: { clientId: ['acme'] } } }; }, 'does not let through FulfillmentCompleted'],
  ['a rule that fills another queue', (all) => { target(all).Arn = { 'Fn::GetAtt': ['Other', 'Arn'] }; }, 'is not aimed at arn:aws:sqs:'],
  ['a target without dead letters', (all) => delete target(all).DeadLetterConfig, 'The target of the rule "completions" has no dead-letter queue'],
  ['dead letters of the target that are gone', (all) => { target(all).DeadLetterConfig.Arn = `arn:aws:sqs:${REGION}:000000000000:gone`; }, 'There is no dead-letter queue "gone" for events'],
])('%s is told, with the mend', async (_, change, told) => {
  const { lacks } = await check(await lab({ change }));
  expect(lacks).toEqual([expect.stringContaining(told)]);
  expect(lacks[0]).toMatch(/TheStack|enable-rule/);
});

test('a queue that is missing, and one without dead letters, are told', async () => {
  const one = await lab();
  expect((await check(one, { queueUrl: `${one.aws.queueUrl}-none` })).lacks).toEqual([expect.stringContaining('There is no queue "completions-none"')]);
  expect((await check(one, { queueUrl: one.aws.deadUrl })).lacks).toEqual([
    expect.stringContaining('has no dead-letter queue'), expect.stringContaining('lets EventBridge send nothing'),
  ]);
});

test('everything that is lacking is told at once', async () => {
  const { lacks } = await check(await lab({ change: (all) => { all['Rule'].Properties.State = 'DISABLED'; delete target(all).DeadLetterConfig; } }));
  expect(lacks).toHaveLength(2);
});

test.each(['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility'])('a process that may not call %s is told', async (action) => {
  const { lacks } = await check(await lab({}, (asked) => (asked === action ? DENIED : PASS)));
  expect(lacks).toEqual([expect.stringContaining(`may not call sqs:${action}`)]);
});

test.each([['GetQueueAttributes', 'sqs:GetQueueAttributes', 1], ['DescribeRule', 'events:DescribeRule', 1], ['ListTargetsByRule', 'events:ListTargetsByRule', 1], ['GetQueueUrl', 'sqs:GetQueueUrl', 2]])(
  'what may not be looked at (%s) is a warning, not a reason to stay away', async (action, permission, times) => {
    const { lacks, warnings } = await check(await lab({}, (asked) => (asked === action ? DENIED : PASS)));
    expect(lacks).toEqual([]);
    expect(warnings).toEqual(Array.from({ length: times }, () => expect.stringContaining(permission)));
  });

test('an AWS that cannot be reached is a warning', async () => {
  const one = await lab();
  await one.front.close();
  const { lacks, warnings } = await check(one);
  expect(lacks).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('could not be looked at')]);
});

test('whether events may be put is asked without putting one', async () => {
  const one = await lab();
  const logger = keepLines();
  const publishes = [{ source: SOURCE, type: 'FulfillmentCompleted' }, { source: SOURCE, type: 'FulfillmentFailed' }, { source: 'order-service', type: 'OrderCreated' }];
  const ask = () => checkPublishing({ busName: 'fulfillment', clientOptions: { region: REGION, endpoint: one.front.url, credentials: CREDENTIALS }, publishes, logger });
  await ask();
  expect(one.aws.local.metrics()).toMatchObject({ accepted: 0, refused: 3, archived: 0 });
  expect(logger.lines).toEqual([]);

  const refused = await lab({}, () => DENIED);
  await expect(checkPublishing({ busName: 'fulfillment', clientOptions: { region: REGION, endpoint: refused.front.url, credentials: CREDENTIALS }, publishes, logger }))
    .rejects.toThrow('This process may not put events on the bus "fulfillment" as order-fulfillment (FulfillmentCompleted, FulfillmentFailed), order-service (OrderCreated) (refused by AccessDeniedException)');
  const byBus = await lab({}, () => ({ status: 200, body: { FailedEntryCount: 3, Entries: [{ ErrorCode: 'MalformedDetail' }, { ErrorCode: 'MalformedDetail' }, { ErrorCode: 'NotAuthorizedForSourceException' }] } }));
  await expect(checkPublishing({ busName: 'fulfillment', clientOptions: { region: REGION, endpoint: byBus.front.url, credentials: CREDENTIALS }, publishes, logger }))
    .rejects.toThrow('as order-service (OrderCreated) (refused by the bus). Grant events:PutEvents');

  await one.front.close();
  await ask();
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
});

test('every pair of source and type is asked once, ten in a call, and one that is refused late is told', async () => {
  const publishes = Array.from({ length: 23 }, (_, index) => ({ source: SOURCE, type: `Type${index}` }));
  const asked = (endpoint: string): Promise<void> =>
    checkPublishing({ busName: 'fulfillment', clientOptions: { region: REGION, endpoint, credentials: CREDENTIALS }, publishes: [...publishes, ...publishes], logger: keepLines() });
  const whole = await lab();
  await asked(whole.front.url);
  expect(whole.aws.local.metrics()).toMatchObject({ accepted: 0, refused: 23 });

  let calls = 0;
  const late = await lab({}, () => ((calls += 1) === 3 ? DENIED : PASS));
  await expect(asked(late.front.url)).rejects.toThrow('as order-fulfillment (Type20, Type21, Type22) (refused by AccessDeniedException)');
});
