/**
 * The rows of the table as alarms of CloudWatch: the line "figures" of the readers, once a minute, becomes a metric for each row, and
 * each metric has its alarm; and one rings when the line does not come. Nothing is deployed for it: no agent, no scraper.
 */
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FIGURES, SILENCE, type ServiceName } from './alarm-table.ts';
import { makeAlarm, makeSilenceAlarm, PERIOD } from './alarms.ts';

export interface FigureAlarmsProps {
  readonly service: ServiceName;
  /** Of the part that writes the line. */
  readonly logGroup: ILogGroup;
  /** SNS topic that is told of every alarm. @default nobody is told: the alarms only show their state */
  readonly topicArn?: string | undefined;
}

export class FigureAlarms extends Construct {
  constructor(scope: Construct, id: string, { service, logGroup, topicArn }: FigureAlarmsProps) {
    super(scope, id);
    for (const { id: name, services, field, threshold, minutes, description } of FIGURES) {
      if (!services.includes(service) || field === undefined) continue;
      const filter = new MetricFilter(this, `${name}Figure`, {
        logGroup, metricNamespace: `Commerce/${service}`, metricName: field, metricValue: `$.${field}`,
        filterPattern: FilterPattern.all(FilterPattern.stringValue('$.msg', '=', 'figures'), FilterPattern.exists(`$.${field}`)),
      });
      makeAlarm(this, name, { name: `${service}-${name}`, description, metric: filter.metric({ statistic: 'Maximum', period: PERIOD }), threshold, minutes, topicArn });
    }
    const written = new Metric({ namespace: `Commerce/${service}`, metricName: SILENCE.field, statistic: 'SampleCount', period: PERIOD });
    makeSilenceAlarm(this, SILENCE.id, { name: `${service}-${SILENCE.id}`, description: SILENCE.description, metric: written, minutes: SILENCE.minutes, topicArn });
  }
}
