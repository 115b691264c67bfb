/**
 * What Commerce Coordinator owns on AWS: its own bus, on which nobody subscribes yet, and its subscription to Order
 * Fulfillment's bus: a rule, the queue it fills, and two dead-letter queues. One holds messages that the consumer could not
 * take in five attempts, the other holds events that EventBridge could not deliver to the queue.
 */
import { CfnOutput, Duration, Stack, type App, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { COMMERCE_COORDINATOR, CONSUMED_EVENT_TYPES, ORDER_FULFILLMENT } from './names.ts';

export interface CommerceCoordinatorStackProps extends StackProps {
  /** The types of event that pass the rule. @default what Commerce Coordinator acts on */
  readonly consumedEventTypes?: readonly string[];
}

const QUEUE = 'commerce-coordinator-fulfillment-events';
/** Longer than one batch of the consumer takes; the consumer extends it while it works. */
const VISIBILITY_TIMEOUT = Duration.seconds(60);
const MAX_RECEIVE_COUNT = 5;
/** As long as SQS keeps anything: a message outlasts a long outage, a dead letter waits for a person. */
const RETENTION = Duration.days(14);
/** EventBridge's own defaults, written out because the local bus and the operator read them here. */
const DELIVERY_RETRY = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

export class CommerceCoordinatorStack extends Stack {
  readonly bus: EventBus;
  readonly fulfillmentQueue: Queue;
  readonly fulfillmentRule: Rule;

  constructor(app: App, props: CommerceCoordinatorStackProps = {}) {
    super(app, COMMERCE_COORDINATOR.stack, { description: 'Commerce Coordinator: its bus, and its subscription to fulfillment outcomes', ...props });
    this.bus = new EventBus(this, 'Bus', { eventBusName: COMMERCE_COORDINATOR.bus, description: 'Events of Commerce Coordinator' });
    const dead = this.queue('FulfillmentDeadLetterQueue', `${QUEUE}-dead`, { retentionPeriod: RETENTION });
    const undelivered = this.queue('FulfillmentUndeliveredQueue', `${QUEUE}-undelivered`, { retentionPeriod: RETENTION });
    this.fulfillmentQueue = this.queue('FulfillmentQueue', QUEUE, {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      retentionPeriod: RETENTION,
      deadLetterQueue: { queue: dead, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.fulfillmentRule = this.subscribe(props.consumedEventTypes ?? CONSUMED_EVENT_TYPES, undelivered);
    this.writeOutputs(dead, undelivered);
  }

  private subscribe(eventTypes: readonly string[], undelivered: Queue): Rule {
    return new Rule(this, 'FulfillmentRule', {
      ruleName: 'commerce-coordinator-fulfillment-events',
      description: 'Outcomes of the fulfillments that Commerce Coordinator has asked for',
      eventBus: EventBus.fromEventBusName(this, 'FulfillmentBus', ORDER_FULFILLMENT.bus),
      eventPattern: {
        source: [ORDER_FULFILLMENT.source],
        detailType: [...eventTypes],
        detail: { data: { clientId: [COMMERCE_COORDINATOR.clientId] } },
      },
      targets: [new SqsQueue(this.fulfillmentQueue, { deadLetterQueue: undelivered, ...DELIVERY_RETRY })],
    });
  }

  private queue(id: string, queueName: string, props: ConstructorParameters<typeof Queue>[2]): Queue {
    return new Queue(this, id, { queueName, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...props });
  }

  private writeOutputs(dead: Queue, undelivered: Queue): void {
    const outputs = {
      BusName: this.bus.eventBusName,
      BusArn: this.bus.eventBusArn,
      FulfillmentQueueUrl: this.fulfillmentQueue.queueUrl,
      FulfillmentQueueArn: this.fulfillmentQueue.queueArn,
      FulfillmentDeadLetterQueueUrl: dead.queueUrl,
      FulfillmentUndeliveredQueueUrl: undelivered.queueUrl,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
