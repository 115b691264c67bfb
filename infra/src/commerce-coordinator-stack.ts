/**
 * What Commerce Coordinator owns on AWS: its own bus, on which nobody subscribes yet, and its subscription to Order
 * Fulfillment's bus.
 */
import { CfnOutput, Stack, type App, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { ClientSubscription } from './client-subscription.ts';
import { COMMERCE_COORDINATOR } from './names.ts';

export class CommerceCoordinatorStack extends Stack {
  readonly bus: EventBus;
  readonly fulfillment: ClientSubscription;

  constructor(app: App, props: StackProps = {}) {
    super(app, COMMERCE_COORDINATOR.stack, { description: 'Commerce Coordinator: its bus, and its subscription to fulfillment outcomes', ...props });
    this.bus = new EventBus(this, 'Bus', { eventBusName: COMMERCE_COORDINATOR.bus, description: 'Events of Commerce Coordinator' });
    this.fulfillment = new ClientSubscription(this, 'Fulfillment', { clientId: COMMERCE_COORDINATOR.clientId });
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
