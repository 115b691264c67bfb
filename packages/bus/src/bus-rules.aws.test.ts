import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DisableRuleCommand, EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { TestAws } from '../test-kit/aws.ts';
import { BUS, CREDENTIALS, REGION, SOURCE, startTestAws } from '../test-kit/aws.ts';
import { createBusRules } from './bus-rules.aws.ts';

let aws: TestAws;
let events: EventBridgeClient;
let sqs: SQSClient;
beforeAll(async () => {
  aws = await startTestAws();
  const client = { endpoint: aws.local.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  events = new EventBridgeClient(client);
  sqs = new SQSClient(client);
});
afterAll(async () => {
  events?.destroy();
  sqs?.destroy();
  await aws?.close();
});

test('rules of the own bus and those that fill the queue are told with their targets, once each, and asked anew after a while', async () => {
  let nowMs = 0;
  const rules = createBusRules({ busName: BUS, queueUrl: aws.queueUrl, nowMs: () => nowMs, client: { endpoint: aws.local.url, region: REGION, credentials: CREDENTIALS } });
  const { RuleArn: ruleArn } = await events.send(new PutRuleCommand({ Name: 'further', EventBusName: BUS, EventPattern: '{"detail-type":["OrderCreated"]}' }));
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } } }] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: aws.queueUrl, Attributes: { Policy } }));

  const first = await rules.look();
  expect(first.isWhole).toBe(true);
  expect(first.rules.toSorted((a, b) => a.targets.length - b.targets.length)).toEqual([
    { name: 'further', bus: BUS, pattern: '{"detail-type":["OrderCreated"]}', isEnabled: true, targets: [] },
    { name: expect.any(String), bus: BUS, pattern: JSON.stringify({ source: [SOURCE] }), isEnabled: true, targets: ['completions'] },
  ]);

  await events.send(new DisableRuleCommand({ Name: 'further', EventBusName: BUS }));
  nowMs = 59_000;
  expect(await rules.look()).toBe(first);
  nowMs = 61_000;
  expect((await rules.look()).rules.find(({ name }) => name === 'further')?.isEnabled).toBe(false);
  rules.close();
});

test('what cannot be looked at is left out, and said', async () => {
  const rules = createBusRules({ busName: BUS, queueUrl: aws.queueUrl.replace('completions', 'none'), nowMs: () => 0, client: { endpoint: aws.local.url, region: REGION, credentials: CREDENTIALS } });
  const { isWhole, rules: found } = await rules.look();
  expect([isWhole, found.length]).toEqual([false, 2]);
  rules.close();
  const silent = createBusRules({ busName: BUS, queueUrl: aws.queueUrl, nowMs: () => 0, limitMs: 500, client: { endpoint: 'http://127.0.0.1:1', region: REGION, credentials: CREDENTIALS } });
  expect(await silent.look()).toEqual({ rules: [], isWhole: false });
  silent.close();
});
