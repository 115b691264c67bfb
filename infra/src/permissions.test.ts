/**
 * What the synthesised policies allow and refuse, judged by a simulator of IAM: two accounts, customer managed keys, and a second
 * region. Each condition of each policy decides at least one of the questions here; permissions.long.test.ts does the same for what
 * is deployed beside.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CommerceCoordinatorStack } from './commerce-coordinator-stack.ts';
import { ORDER_FULFILLMENT } from './names.ts';
import { OrderFulfillmentStack } from './order-fulfillment-stack.ts';
import { ReplicaStack } from './replica-stack.ts';
import { CC, GROUP_NAMES, idleConditions, known, OF, questionsOf, REGION, wronglyAnswered, type Question } from './test-permissions.ts';
import { policiesOf, templatesFrom, type Policy } from './test-templates.ts';

let policies: readonly Policy[];
let questions: Readonly<Record<string, Question[]>>;

beforeAll(() => {
  const replicaRegion = 'eu-west-1';
  const templates = templatesFrom((app) => {
    new OrderFulfillmentStack(app, { env: { account: OF, region: REGION }, subscriberAccounts: [CC], replayAccounts: [CC], customerKey: true, replicaRegion });
    new ReplicaStack(app, { owner: ORDER_FULFILLMENT, env: { account: OF, region: replicaRegion }, subscriberAccounts: [CC], customerKey: true });
    new CommerceCoordinatorStack(app, { env: { account: CC, region: REGION }, orderFulfillmentAccount: OF, customerKey: true });
  });
  policies = known(policiesOf(templates));
  questions = questionsOf(templates);
});

describe('S56 and S57: permissions', () => {
  test.each(GROUP_NAMES)('%s', async (name) => {
    expect(await wronglyAnswered(policies, questions[name] ?? [])).toEqual([]);
  });
});

test('S56: no condition can be taken away without another answer', async () => {
  const { idle, tried } = await idleConditions(policies, Object.values(questions).flat());
  expect(idle).toEqual([]);
  expect(tried).toBeGreaterThan(60);
});
