/**
 * The form of every alarm: over its threshold for three minutes, or for one where nothing is to be lost, unless its row says otherwise;
 * silence is no alarm. Its description says what to do: it stands in alarm-table.ts.
 */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Every figure is one of a minute. */
export const PERIOD = Duration.minutes(1);

export interface AlarmOptions {
  readonly name: string;
  readonly description: string;
  readonly metric: Metric;
  readonly threshold: number;
  /** For how long. @default 3, or 1 where nothing is to be above 0 */
  readonly minutes?: number;
  /** SNS topic of the same region that is told. @default nobody is told: the alarm only shows its state */
  readonly topicArn: string | undefined;
}

export function makeAlarm(scope: Construct, id: string, { name, description, metric, threshold, minutes = threshold === 0 ? 1 : 3, topicArn }: AlarmOptions): void {
  const alarm = new Alarm(scope, id, {
    alarmName: name, alarmDescription: description, metric, threshold, evaluationPeriods: minutes, datapointsToAlarm: minutes,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD, treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  if (topicArn === undefined) return;
  const action = { bind: () => ({ alarmActionArn: topicArn }) };
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
}

/** Rings as soon as the queue holds a message. */
export function makeDeadLetterAlarm(scope: Construct, id: string, { queue, ...more }: Omit<AlarmOptions, 'metric' | 'threshold'> & { readonly queue: Queue }): void {
  makeAlarm(scope, id, { ...more, metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }), threshold: 0 });
}
