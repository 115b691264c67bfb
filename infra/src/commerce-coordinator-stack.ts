/**
 * What Commerce Coordinator owns on AWS: its own bus, archived by topic, on which nobody subscribes yet; its subscription to
 * Order Fulfillment's bus, with alarms and a dashboard; and the roles of its service.
 */
import { CfnOutput, Stack, type App, type StackProps } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { busQueuesOf } from './bus-queues.ts';
import { BusReplication } from './bus-replication.ts';
import { ClientSubscription } from './client-subscription.ts';
import { ruleArn } from './arns.ts';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT, roleName } from './names.ts';
import { OwnedBus } from './owned-bus.ts';
import { makeOwnerKey } from './owner-key.ts';
import { letPutBack, letSeeRules, letSeeSubscription, letTakeOnReplays, makeConsumerRole, makeDeadLetterRole, makePublisherRole } from './roles.ts';
import { SubscriptionAlarms, makeSubscriptionDashboard } from './subscription-alarms.ts';

export interface CommerceCoordinatorStackProps extends StackProps {
  /** The account that owns Order Fulfillment's bus. @default the stack's own account */
  readonly orderFulfillmentAccount?: string | undefined;
  /** Accounts whose owners may put their own rules on the bus. @default none */
  readonly subscriberAccounts?: readonly string[] | undefined;
  /** Encrypts bus, archives and queues with a key of this account instead of keys that AWS owns. @default false */
  readonly customerKey?: boolean | undefined;
  /** A second region that gets a copy of every event. @default none */
  readonly replicaRegion?: string | undefined;
  /** SNS topic that is told of every alarm. @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
}

export class CommerceCoordinatorStack extends Stack {
  readonly bus: EventBus;
  readonly fulfillment: ClientSubscription;

  constructor(app: App, { orderFulfillmentAccount, subscriberAccounts, customerKey = false, replicaRegion, alarmTopicArn, ...props }: CommerceCoordinatorStackProps = {}) {
    super(app, COMMERCE_COORDINATOR.stack, { description: 'Commerce Coordinator: its bus, and its subscription to fulfillment outcomes', ...props });
    const key = customerKey ? makeOwnerKey(this, COMMERCE_COORDINATOR) : undefined;
    const { bus } = new OwnedBus(this, 'Events', { owner: COMMERCE_COORDINATOR, description: 'Events of Commerce Coordinator', subscribers: subscriberAccounts, key, alarmTopicArn });
    this.bus = bus;
    this.fulfillment = new ClientSubscription(this, 'Fulfillment', { clientId: COMMERCE_COORDINATOR.clientId, busAccount: orderFulfillmentAccount, key });
    new SubscriptionAlarms(this, 'Alarms', { subscription: this.fulfillment, topicArn: alarmTopicArn });
    makeSubscriptionDashboard(this, 'Dashboard', this.fulfillment);
    makePublisherRole(this, COMMERCE_COORDINATOR);
    const consumer = makeConsumerRole(this, { name: roleName(COMMERCE_COORDINATOR, 'consumer'), queue: this.fulfillment.queue, key });
    const subscription = { ...this.fulfillment, ruleArn: ruleArn(this, ORDER_FULFILLMENT.bus, this.fulfillment.ruleName, { account: orderFulfillmentAccount }) };
    letSeeSubscription(consumer, subscription);
    const operations = makeDeadLetterRole(this, COMMERCE_COORDINATOR, { ...this.fulfillment, key });
    letPutBack(operations, COMMERCE_COORDINATOR, busQueuesOf(COMMERCE_COORDINATOR, { customerKey, replicaRegion }));
    letSeeRules(operations, COMMERCE_COORDINATOR, subscription.ruleArn);
    letTakeOnReplays(operations, ORDER_FULFILLMENT, orderFulfillmentAccount);
    if (replicaRegion !== undefined) new BusReplication(this, 'Replication', { owner: COMMERCE_COORDINATOR, bus, region: replicaRegion, alarmTopicArn });
    this.writeOutputs();
  }

  private writeOutputs(): void {
    const { queue, deadLetterQueue, undeliveredQueue } = this.fulfillment;
    const outputs = {
      BusName: this.bus.eventBusName,
      BusArn: this.bus.eventBusArn,
      FulfillmentQueueUrl: queue.queueUrl,
      FulfillmentQueueArn: queue.queueArn,
      FulfillmentDeadLetterQueueUrl: deadLetterQueue.queueUrl,
      FulfillmentUndeliveredQueueUrl: undeliveredQueue.queueUrl,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
