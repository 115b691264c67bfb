/**
 * A queue as the target of a rule, with retries and dead letters always written out, and with permissions for this rule alone:
 * on the queue, on its dead-letter queue, and on the key of both when they have one.
 */
import { Duration } from 'aws-cdk-lib';
import type { IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { letRuleUse } from './owner-key.ts';
import { letEventBridgeSend } from './queues.ts';

/** EventBridge's own defaults, written out because the local bus and the operator read them in the template. */
export const DELIVERY_RETRY = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

export interface QueueTargetProps {
  readonly queue: Queue;
  /** What cannot be brought to `queue`. */
  readonly deadLetterQueue: Queue;
  /** The rule's ARN, made of names. */
  readonly ruleArn: string;
  readonly maxEventAge: Duration;
  readonly retryAttempts: number;
  readonly key?: Key | undefined;
}

export function queueTarget({ queue, deadLetterQueue, ruleArn, maxEventAge, retryAttempts, key }: QueueTargetProps): IRuleTarget {
  return {
    bind(): RuleTargetConfig {
      for (const receiver of [queue, deadLetterQueue]) letEventBridgeSend(receiver, ruleArn);
      if (key !== undefined) letRuleUse(key, ruleArn);
      return {
        arn: queue.queueArn,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: maxEventAge.toSeconds(), maximumRetryAttempts: retryAttempts },
      };
    },
  };
}
