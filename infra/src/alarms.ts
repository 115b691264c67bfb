/**
 * The form of every alarm: over its threshold for three minutes, or for one where nothing is to be lost, unless its row says otherwise;
 * silence is no alarm, but for the one that rings when nothing is told at all. Its description says what to do: it stands in alarm-table.ts.
 */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Every figure is one of a minute. */
export const PERIOD = Duration.minutes(1);

export interface AlarmOptions {
  readonly name: string;
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** For how long. @default 3, or 1 where nothing is to be above 0 */
  readonly minutes?: number;
  /** SNS topic of the same region that is told. @default nobody is told: the alarm only shows its state */
  readonly topicArn: string | undefined;
}

export function makeAlarm(scope: Construct, id: string, { threshold, minutes = threshold === 0 ? 1 : 3, ...more }: AlarmOptions): void {
  make(scope, id, { ...more, threshold, minutes }, ComparisonOperator.GREATER_THAN_THRESHOLD, TreatMissingData.NOT_BREACHING);
}

/** Rings when the metric was given no value for so many minutes. */
export function makeSilenceAlarm(scope: Construct, id: string, options: Omit<AlarmOptions, 'threshold' | 'minutes'> & { readonly minutes: number }): void {
  make(scope, id, { ...options, threshold: 1 }, ComparisonOperator.LESS_THAN_THRESHOLD, TreatMissingData.BREACHING);
}

function make(scope: Construct, id: string, { name, description, metric, threshold, minutes, topicArn }: AlarmOptions & { readonly minutes: number }, comparisonOperator: ComparisonOperator, treatMissingData: TreatMissingData): void {
  const alarm = new Alarm(scope, id, {
    alarmName: name, alarmDescription: description, metric, threshold, evaluationPeriods: minutes, datapointsToAlarm: minutes, comparisonOperator, treatMissingData,
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
