/**
 * A client's subscription to Order Fulfillment's bus, as its own stack declares it: a rule that lets the outcomes of this
 * client's fulfillments through and no other client's, the queue it fills, and two dead-letter queues. One holds messages that
 * the client could not take in five attempts, the other holds events that EventBridge could not deliver to the queue.
 *
 * It needs to know the bus by its name only, so the stacks of client and service may belong to different people.
 */
import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ORDER_FULFILLMENT, OUTCOME_EVENT_TYPES } from './names.ts';

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
}

/** Longer than one batch of a consumer takes; the consumer extends it while it works. */
const VISIBILITY_TIMEOUT = Duration.seconds(60);
const MAX_RECEIVE_COUNT = 5;
/** As long as SQS keeps anything: a message outlasts a long outage, a dead letter waits for a person. */
const RETENTION = Duration.days(14);
/** EventBridge's own defaults, written out because the local bus and the operator read them here. */
const DELIVERY_RETRY = { maxEventAge: Duration.hours(24), retryAttempts: 185 };
/** What both a rule (64) and a queue (80, with the longest addition) may be called. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export class ClientSubscription extends Construct {
  readonly rule: Rule;
  readonly queue: Queue;
  /** Messages that were received five times and not deleted. */
  readonly deadLetterQueue: Queue;
  /** Events that EventBridge could not bring to the queue within a day. */
  readonly undeliveredQueue: Queue;

  constructor(scope: Construct, id: string, props: ClientSubscriptionProps) {
    super(scope, id);
    const name = nameOf(props);
    this.deadLetterQueue = this.makeQueue('DeadLetterQueue', `${name}-dead`);
    this.undeliveredQueue = this.makeQueue('UndeliveredQueue', `${name}-undelivered`);
    this.queue = this.makeQueue('Queue', name, {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.rule = this.makeRule(name, props);
  }

  private makeRule(ruleName: string, { clientId, eventTypes = OUTCOME_EVENT_TYPES }: ClientSubscriptionProps): Rule {
    return new Rule(this, 'Rule', {
      ruleName,
      description: `Outcomes of the fulfillments that ${clientId} has asked for`,
      eventBus: EventBus.fromEventBusName(this, 'Bus', ORDER_FULFILLMENT.bus),
      eventPattern: { source: [ORDER_FULFILLMENT.source], detailType: [...eventTypes], detail: { data: { clientId: [clientId] } } },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.undeliveredQueue, ...DELIVERY_RETRY })],
    });
  }

  private makeQueue(id: string, queueName: string, props: QueueProps = {}): Queue {
    return new Queue(this, id, { queueName, retentionPeriod: RETENTION, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...props });
  }
}

/** Client ids may be longer and stranger than what AWS calls its things. */
function nameOf({ clientId, name = `${clientId}-fulfillment-events` }: ClientSubscriptionProps): string {
  if (!NAME.test(name)) throw new Error(`No rule or queue can be called "${name}": give the subscription of "${clientId}" a name of 1 to 64 letters, digits, "-" and "_"`);
  return name;
}
