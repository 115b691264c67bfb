/**
 * What Order Fulfillment owns on AWS: its event bus with archive and log, the policy that says who may publish on it and who may
 * subscribe, and the roles of its service.
 */
import { CfnOutput, Stack, type App, type StackProps } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { makeBusAlarms } from './bus-alarms.ts';
import { busQueuesOf } from './bus-queues.ts';
import { BusReplication } from './bus-replication.ts';
import { ORDER_FULFILLMENT } from './names.ts';
import { OwnedBus } from './owned-bus.ts';
import { makeOwnerKey } from './owner-key.ts';
import { makeApiRole, makePublisherRole, makeReplayRole } from './roles.ts';

export interface OrderFulfillmentStackProps extends StackProps {
  /** Accounts whose owners may put their own rules on the bus, beside the stack's own. @default none */
  readonly subscriberAccounts?: readonly string[] | undefined;
  /** Accounts whose Commerce Coordinator may have the archive replayed. @default the stack's own account */
  readonly replayAccounts?: readonly string[] | undefined;
  /** Encrypts bus and archive with a key of this account instead of keys that AWS owns. @default false */
  readonly customerKey?: boolean | undefined;
  /** A second region that gets a copy of every event. @default none */
  readonly replicaRegion?: string | undefined;
  /** SNS topic that is told of every alarm. @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
}

export class OrderFulfillmentStack extends Stack {
  readonly bus: EventBus;

  constructor(app: App, { subscriberAccounts, replayAccounts, customerKey = false, replicaRegion, alarmTopicArn, ...props }: OrderFulfillmentStackProps = {}) {
    super(app, ORDER_FULFILLMENT.stack, { description: 'Order Fulfillment: the bus on which it tells what became of fulfillments', ...props });
    const key = customerKey ? makeOwnerKey(this, ORDER_FULFILLMENT) : undefined;
    const { bus } = new OwnedBus(this, 'Events', {
      owner: ORDER_FULFILLMENT, description: 'Events of Order Fulfillment', subscribers: subscriberAccounts, key, alarmTopicArn,
    });
    this.bus = bus;
    if (subscriberAccounts?.some((account) => account !== this.account)) makeBusAlarms(this, { bus: ORDER_FULFILLMENT.bus, topicArn: alarmTopicArn });
    makePublisherRole(this, ORDER_FULFILLMENT);
    makeApiRole(this, ORDER_FULFILLMENT, busQueuesOf(ORDER_FULFILLMENT, { customerKey, replicaRegion }));
    makeReplayRole(this, ORDER_FULFILLMENT, { accounts: replayAccounts ?? [this.account], replicaRegion });
    if (replicaRegion !== undefined) new BusReplication(this, 'Replication', { owner: ORDER_FULFILLMENT, bus, region: replicaRegion, alarmTopicArn });
    new CfnOutput(this, 'BusName', { value: bus.eventBusName });
    new CfnOutput(this, 'BusArn', { value: bus.eventBusArn });
  }
}
