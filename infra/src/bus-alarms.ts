/**
 * What the owner of a bus sees of the deliveries of other accounts' rules on it. AWS does not say in which of two accounts it counts
 * what such a rule does, so both look: the subscriber at his own rule, the owner at all rules of the bus, whose names he does not know.
 */
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { QUEUES } from './alarm-table.ts';
import { makeAlarm, PERIOD } from './alarms.ts';

const FIGURES = { FailedInvocations: 'FailedInvocations', LostDeadLetters: 'InvocationsFailedToBeSentToDlq' } as const;

/** `topicArn`: of the same region; nobody is told without it. */
export function makeBusAlarms(scope: Construct, { bus, topicArn }: { readonly bus: string; readonly topicArn: string | undefined }): void {
  for (const [id, figure] of Object.entries(FIGURES) as [keyof typeof FIGURES, string][]) {
    makeAlarm(scope, `Bus${id}`, {
      name: `${bus}-${id}`, description: QUEUES[id].description, threshold: 0, topicArn,
      metric: new MathExpression({ expression: `SELECT SUM(${figure}) FROM SCHEMA("AWS/Events", EventBusName, RuleName) WHERE EventBusName = '${bus}'`, period: PERIOD, label: figure }),
    });
  }
}
