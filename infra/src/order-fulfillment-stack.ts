/**
 * What Order Fulfillment owns on AWS: its event bus, and the policy that says who may publish on it and who may subscribe.
 */
import { CfnOutput, Stack, type App, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ORDER_FULFILLMENT } from './names.ts';

export interface OrderFulfillmentStackProps extends StackProps {
  /** Accounts whose owners may put their own rules on the bus. @default the stack's own account */
  readonly subscriberAccounts?: readonly string[];
}

/** All that a subscriber needs to manage the rules it has made, and no one else's. */
const MANAGE_OWN_RULES = [
  'events:PutRule', 'events:DeleteRule', 'events:EnableRule', 'events:DisableRule', 'events:DescribeRule', 'events:PutTargets',
  'events:RemoveTargets', 'events:ListTargetsByRule', 'events:TagResource', 'events:UntagResource', 'events:ListTagsForResource',
];

export class OrderFulfillmentStack extends Stack {
  readonly bus: EventBus;

  constructor(app: App, props: OrderFulfillmentStackProps = {}) {
    super(app, ORDER_FULFILLMENT.stack, { description: 'Order Fulfillment: the bus on which it tells what became of fulfillments', ...props });
    this.bus = new EventBus(this, 'Bus', { eventBusName: ORDER_FULFILLMENT.bus, description: 'Events of Order Fulfillment' });
    this.bus.addToResourcePolicy(this.refuseForeignSources());
    this.bus.addToResourcePolicy(this.allowSubscribers(props.subscriberAccounts ?? [this.account]));
    new CfnOutput(this, 'BusName', { value: this.bus.eventBusName });
    new CfnOutput(this, 'BusArn', { value: this.bus.eventBusArn });
  }

  /** Nobody, whatever his own rights, publishes here under another name than Order Fulfillment's. */
  private refuseForeignSources(): PolicyStatement {
    return new PolicyStatement({
      sid: 'OnlyOwnSource',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['events:PutEvents'],
      resources: [this.bus.eventBusArn],
      conditions: { StringNotEquals: { 'events:source': ORDER_FULFILLMENT.source } },
    });
  }

  private allowSubscribers(accounts: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      sid: 'SubscribersManageTheirOwnRules',
      principals: accounts.map((account) => new AccountPrincipal(account)),
      actions: MANAGE_OWN_RULES,
      resources: [this.formatArn({ service: 'events', resource: 'rule', resourceName: `${ORDER_FULFILLMENT.bus}/*` })],
      conditions: { StringEqualsIfExists: { 'events:creatorAccount': '${aws:PrincipalAccount}' } },
    });
  }
}
