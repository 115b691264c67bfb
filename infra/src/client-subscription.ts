/**
 * A client's subscription to Order Fulfillment's bus, as its own stack declares it: a rule that lets the outcomes of this
 * client's fulfillments through and no other client's, the queue it fills, and two dead-letter queues. One holds messages that
 * the client could not take in five attempts, the other holds events that EventBridge could not deliver to the queue.
 *
 * It needs to know the bus by its name, and the account that owns it. In another account the rule is put on that bus by its
 * ARN and is then that account's, with queue and dead letters here: the bus policy of its owner must name this account.
 */
import { Duration, Stack, Token } from 'aws-cdk-lib';
import { CfnRule, EventBus, Rule } from 'aws-cdk-lib/aws-events';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { busArn, ruleArn } from './arns.ts';
import { ORDER_FULFILLMENT, OUTCOME_EVENT_TYPES, subscriptionName } from './names.ts';
import { DELIVERY_RETRY, queueTarget } from './queue-target.ts';
import { makeDeadLetterQueue, makeQueue } from './queues.ts';

export interface ClientSubscriptionProps {
  /** The id under which Order Fulfillment knows the client; events name it in `data.clientId`. */
  readonly clientId: string;
  /**
   * Name of the rule and of the queue; the dead-letter queues add `-dead` and `-undelivered`. 1 to 64 letters, digits, `-`, `_`.
   * @default `<clientId>-fulfillment-events`
   */
  readonly name?: string;
  /** The types of event that pass the rule. @default how a fulfillment ended */
  readonly eventTypes?: readonly string[];
  /** The account that owns Order Fulfillment's bus. @default the account of the stack */
  readonly busAccount?: string | undefined;
  /** Customer managed key of the three queues. @default SQS's own key */
  readonly key?: Key | undefined;
}

/** Longer than one batch of a consumer takes; the consumer extends it while it works. */
const VISIBILITY_TIMEOUT = Duration.seconds(60);
const MAX_RECEIVE_COUNT = 5;
/** What both a rule (64) and a queue (80, with the longest addition) may be called. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export class ClientSubscription extends Construct {
  readonly rule: Rule;
  readonly ruleName: string;
  readonly queue: Queue;
  /** Messages that were received five times and not deleted. */
  readonly deadLetterQueue: Queue;
  /** Events that EventBridge could not bring to the queue within a day. */
  readonly undeliveredQueue: Queue;

  constructor(scope: Construct, id: string, props: ClientSubscriptionProps) {
    super(scope, id);
    const { key } = props;
    this.ruleName = nameOf(props);
    this.deadLetterQueue = makeDeadLetterQueue(this, 'DeadLetterQueue', { name: `${this.ruleName}-dead`, key });
    this.undeliveredQueue = makeDeadLetterQueue(this, 'UndeliveredQueue', { name: `${this.ruleName}-undelivered`, key });
    this.queue = makeQueue(this, 'Queue', {
      name: this.ruleName, key, visibilityTimeout: VISIBILITY_TIMEOUT, deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.rule = this.#makeRule(props);
    // Not before EventBridge may send: an event that is refused goes to the dead letters at once.
    this.rule.node.addDependency(this.queue, this.undeliveredQueue);
    if (isOfAnother(this, props.busAccount)) this.#putOnBusOf(props.busAccount);
  }

  #makeRule({ clientId, eventTypes = OUTCOME_EVENT_TYPES, busAccount, key }: ClientSubscriptionProps): Rule {
    const { bus, source } = ORDER_FULFILLMENT;
    return new Rule(this, 'Rule', {
      ruleName: this.ruleName,
      description: `Outcomes of the fulfillments that ${clientId} has asked for`,
      eventBus: EventBus.fromEventBusName(this, 'Bus', bus),
      eventPattern: { source: [source], detailType: [...eventTypes], detail: { data: { clientId: [clientId] } } },
      targets: [queueTarget({
        queue: this.queue, deadLetterQueue: this.undeliveredQueue, key, ...DELIVERY_RETRY, ruleArn: ruleArn(this, bus, this.ruleName, { account: busAccount }),
      })],
    });
  }

  /** CDK writes the bus by its name even when it knows the ARN: that would be a bus of this account. */
  #putOnBusOf(account: string): void {
    (this.rule.node.defaultChild as CfnRule).eventBusName = busArn(this, ORDER_FULFILLMENT.bus, { account });
  }
}

function isOfAnother(scope: Construct, account: string | undefined): account is string {
  const own = Stack.of(scope).account;
  return account !== undefined && (Token.isUnresolved(own) || account !== own);
}

/** Client ids may be longer and stranger than what AWS calls its things. */
function nameOf({ clientId, name = subscriptionName(clientId) }: ClientSubscriptionProps): string {
  if (!NAME.test(name)) throw new Error(`No rule or queue can be called "${name}": give the subscription of "${clientId}" a name of 1 to 64 letters, digits, "-" and "_"`);
  return name;
}
