/**
 * When a person must look at a subscription: messages that wait too long, too many of them, deliveries that EventBridge has given
 * up, and dead letters of either kind. Each alarm says what to do. And a dashboard of the same figures.
 *
 * When the bus belongs to another account, AWS does not say in which of the two it counts what the rule does: the owner of the bus
 * has the same alarms then (bus-alarms.ts). The dead-letter queue is here in any case, and its alarm tells the same.
 */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { QUEUES } from './alarm-table.ts';
import { makeAlarm, PERIOD } from './alarms.ts';
import type { ClientSubscription } from './client-subscription.ts';
import { ORDER_FULFILLMENT } from './names.ts';

export interface SubscriptionAlarmsProps {
  readonly subscription: ClientSubscription;
  /** SNS topic that is told of every alarm. @default nobody is told: the alarms only show their state */
  readonly topicArn?: string | undefined;
  /** The longest that a message may wait. @default 5 minutes */
  readonly maxAge?: Duration;
  /** The most messages that may wait. @default 10,000 */
  readonly maxDepth?: number;
}

export class SubscriptionAlarms extends Construct {
  readonly #name: string;
  readonly #topicArn: string | undefined;

  constructor(scope: Construct, id: string, { subscription, topicArn, maxAge = Duration.minutes(5), maxDepth = 10_000 }: SubscriptionAlarmsProps) {
    super(scope, id);
    this.#name = subscription.ruleName;
    this.#topicArn = topicArn;
    const metrics = metricsOf(subscription);
    this.#alarm('Age', metrics.age, maxAge.toSeconds());
    this.#alarm('Depth', metrics.depth, maxDepth);
    this.#alarm('FailedInvocations', metrics.failedInvocations, 0);
    this.#alarm('LostDeadLetters', metrics.lostDeadLetters, 0);
    this.#alarm('DeadLetters', metrics.deadLetters, 0);
    this.#alarm('Undelivered', metrics.undelivered, 0);
  }

  #alarm(id: Exclude<keyof typeof QUEUES, 'Uncopied' | 'Undecrypted'>, metric: Metric, threshold: number): void {
    makeAlarm(this, id, { name: `${this.#name}-${id}`, description: QUEUES[id].description, metric, threshold, topicArn: this.#topicArn });
  }
}

/** The same figures to look at. */
export function makeSubscriptionDashboard(scope: Construct, id: string, subscription: ClientSubscription): Dashboard {
  const { age, depth, inFlight, deadLetters, undelivered, invocations, failedInvocations, lostDeadLetters } = metricsOf(subscription);
  return new Dashboard(scope, id, {
    dashboardName: subscription.ruleName,
    widgets: [
      [new GraphWidget({ title: 'Oldest message, s', left: [age], width: 12 }), new GraphWidget({ title: 'Messages', left: [depth, inFlight], width: 12 })],
      [new GraphWidget({ title: 'Dead letters', left: [deadLetters, undelivered], width: 12 }), new GraphWidget({ title: 'Deliveries by the rule', left: [invocations, failedInvocations, lostDeadLetters], width: 12 })],
    ],
  });
}

function metricsOf({ ruleName, queue, deadLetterQueue, undeliveredQueue }: ClientSubscription) {
  const ofRule = (metricName: string): Metric =>
    new Metric({ namespace: 'AWS/Events', metricName, dimensionsMap: { EventBusName: ORDER_FULFILLMENT.bus, RuleName: ruleName }, statistic: 'Sum', period: PERIOD });
  const maximum = { statistic: 'Maximum', period: PERIOD };
  return {
    age: queue.metricApproximateAgeOfOldestMessage(maximum),
    depth: queue.metricApproximateNumberOfMessagesVisible(maximum),
    inFlight: queue.metricApproximateNumberOfMessagesNotVisible(maximum),
    deadLetters: deadLetterQueue.metricApproximateNumberOfMessagesVisible(maximum),
    undelivered: undeliveredQueue.metricApproximateNumberOfMessagesVisible(maximum),
    invocations: ofRule('Invocations'),
    failedInvocations: ofRule('FailedInvocations'),
    lostDeadLetters: ofRule('InvocationsFailedToBeSentToDlq'),
  };
}
