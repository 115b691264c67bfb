/**
 * What whoever deploys writes into one file, and the stacks that follow from it. Each owner has his section and deploys his own
 * stacks; a file may hold one of them or both, in one account or two.
 */
import type { App } from 'aws-cdk-lib';
import { z } from 'zod';
import { CommerceCoordinatorStack } from './commerce-coordinator-stack.ts';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT } from './names.ts';
import { OrderFulfillmentStack } from './order-fulfillment-stack.ts';
import { ReplicaStack } from './replica-stack.ts';
import { makeCommerceCoordinatorService } from './service/commerce-coordinator-service.ts';
import { makeOrderFulfillmentService } from './service/order-fulfillment-service.ts';

const account = z.string().regex(/^\d{12}$/, 'must be an account id: twelve digits');
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1');
const address = z.url({ protocol: /^https$/ }).refine((url) => !url.endsWith('/'), 'must not end in a slash');
const arn = (service: string): z.ZodString => z.string().regex(new RegExp(`^arn:[^:]+:${service}:`), `must be an ARN of ${service}`);

const size = z.strictObject({
  minimum: z.int().min(1).optional(), maximum: z.int().min(1).optional(), cpu: z.int().min(256).optional(), memoryMiB: z.int().min(512).optional(),
});

const service = {
  image: z.strictObject({ repository: z.string().min(1), tag: z.string().min(1) }),
  url: address,
  certificateArn: arn('acm'),
  exposure: z.enum(['private', 'internet']).optional(),
  secretsArn: arn('secretsmanager'),
  optionalSecrets: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  natGateways: z.int().min(1).max(2).optional(),
  databaseCapacity: z.strictObject({ minimum: z.number().min(0), maximum: z.number().min(1) }).optional(),
  sizes: z.record(z.string(), size).optional(),
  /** Exactly as it names itself, so that a slash may stand at its end. */
  issuerUrl: z.url({ protocol: /^https$/ }),
};

const owner = {
  account,
  region,
  /** Accounts whose owners may put their own rules on the bus. */
  subscriberAccounts: z.array(account).optional(),
  customerKey: z.boolean().optional(),
  replicaRegion: region.optional(),
  /** CloudWatch tells topics of its own region alone, so that each region has one. */
  alarmTopicArn: arn('sns').optional(),
  replicaAlarmTopicArn: arn('sns').optional(),
};

const deploymentSchema = z.strictObject({
  orderFulfillment: z.strictObject({
    ...owner,
    /** Accounts whose Commerce Coordinator may have the archive replayed. Left out, it is the own one. */
    replayAccounts: z.array(account).optional(),
    service: z.strictObject({ ...service, lmsUrl: address }).optional(),
  }).optional(),
  commerceCoordinator: z.strictObject({
    ...owner,
    /** Who owns Order Fulfillment's bus. Left out, it is the account of `orderFulfillment`, or the own one. */
    orderFulfillmentAccount: account.optional(),
    service: z.strictObject({ ...service, fulfillmentUrl: address, paymentsUrl: address }).optional(),
  }).optional(),
}).refine(({ orderFulfillment, commerceCoordinator }) => (orderFulfillment ?? commerceCoordinator) !== undefined, 'must have a section orderFulfillment or commerceCoordinator');

export type Deployment = z.output<typeof deploymentSchema>;

/** Throws one error with every fault of the file. */
export function readDeployment(text: string): Deployment {
  const result = deploymentSchema.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(`The deployment is refused:\n${z.prettifyError(result.error)}`);
  refuseUnreachableBus(result.data);
  return result.data;
}

/** A rule stands in the region of its bus, and its queue too. */
function refuseUnreachableBus({ orderFulfillment, commerceCoordinator }: Deployment): void {
  if (orderFulfillment === undefined || commerceCoordinator === undefined) return;
  if ([orderFulfillment.region, orderFulfillment.replicaRegion].includes(commerceCoordinator.region)) return;
  throw new Error(`Commerce Coordinator is in ${commerceCoordinator.region}, where Order Fulfillment has no bus: give orderFulfillment the replicaRegion ${commerceCoordinator.region}, or deploy both in one region.`);
}

/** Adds the stacks of every section to the app. */
export function addStacks(app: App, { orderFulfillment, commerceCoordinator }: Deployment): void {
  const before = orderFulfillment === undefined ? [] : addOrderFulfillment(app, orderFulfillment);
  if (commerceCoordinator === undefined) return;
  const [own] = addCommerceCoordinator(app, { orderFulfillmentAccount: orderFulfillment?.account, ...commerceCoordinator });
  for (const stack of before) own?.addStackDependency(stack);
}

function addOrderFulfillment(app: App, { account: own, region: at, service: settings, replicaAlarmTopicArn, ...more }: NonNullable<Deployment['orderFulfillment']>): OrderFulfillmentStack[] {
  const env = { account: own, region: at };
  const stack = new OrderFulfillmentStack(app, { env, ...more });
  if (more.replicaRegion !== undefined) stack.addStackDependency(addReplica(app, ORDER_FULFILLMENT, { ...more, account: own, region: more.replicaRegion, alarmTopicArn: replicaAlarmTopicArn }));
  if (settings !== undefined) makeOrderFulfillmentService(app, { ...settings, alarmTopicArn: more.alarmTopicArn, bus: more }, { env }).addStackDependency(stack);
  return [stack];
}

function addCommerceCoordinator(app: App, { account: own, region: at, service: settings, replicaAlarmTopicArn, ...more }: NonNullable<Deployment['commerceCoordinator']>): CommerceCoordinatorStack[] {
  const env = { account: own, region: at };
  const stack = new CommerceCoordinatorStack(app, { env, ...more });
  if (more.replicaRegion !== undefined) stack.addStackDependency(addReplica(app, COMMERCE_COORDINATOR, { ...more, account: own, region: more.replicaRegion, alarmTopicArn: replicaAlarmTopicArn }));
  if (settings !== undefined) makeCommerceCoordinatorService(app, { ...settings, orderFulfillmentAccount: more.orderFulfillmentAccount, alarmTopicArn: more.alarmTopicArn, bus: more }, { env }).addStackDependency(stack);
  return [stack];
}

interface Replica {
  readonly account: string;
  readonly region: string;
  readonly subscriberAccounts?: readonly string[] | undefined;
  readonly customerKey?: boolean | undefined;
  readonly alarmTopicArn?: string | undefined;
}

/** Before the first region, whose rule needs a bus to aim at. */
function addReplica(app: App, owner: typeof ORDER_FULFILLMENT | typeof COMMERCE_COORDINATOR, { account: own, region: at, subscriberAccounts, customerKey, alarmTopicArn }: Replica): ReplicaStack {
  return new ReplicaStack(app, { owner, env: { account: own, region: at }, subscriberAccounts, customerKey, alarmTopicArn });
}
