/**
 * The bus of an owner in a second region: the same name, archives, log and policy, and nothing else. It is filled by the rule
 * that the owner's stack puts on the first bus; a subscriber puts its rule here when it runs in this region.
 */
import { CfnOutput, Stack, type App, type StackProps } from 'aws-cdk-lib';
import type { Owner } from './names.ts';
import { OwnedBus } from './owned-bus.ts';
import { makeOwnerKey } from './owner-key.ts';

export interface ReplicaStackProps extends StackProps {
  readonly owner: Owner & { readonly replicaStack: string };
  readonly subscriberAccounts?: readonly string[] | undefined;
  /** A key of this region. @default false */
  readonly customerKey?: boolean | undefined;
  /** SNS topic of this region that is told of every alarm. @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
}

export class ReplicaStack extends Stack {
  constructor(app: App, { owner, subscriberAccounts, customerKey = false, alarmTopicArn, ...props }: ReplicaStackProps) {
    super(app, owner.replicaStack, { description: `The bus ${owner.bus} in a second region`, ...props });
    const key = customerKey ? makeOwnerKey(this, owner) : undefined;
    const { bus } = new OwnedBus(this, 'Events', { owner, description: `Copies of the events of ${owner.bus}`, subscribers: subscriberAccounts, key, alarmTopicArn });
    new CfnOutput(this, 'BusArn', { value: bus.eventBusArn });
  }
}
