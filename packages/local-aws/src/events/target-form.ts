/** A target in the form that the API and CloudFormation share. */
import { z } from 'zod';
import type { Target } from './event-buses.ts';

const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_SECONDS = 86_400;
const NO_TRANSFORMATION = 'the local bus sends the event as it is, or a constant Input';

/** A number, or its digits as CloudFormation also takes them. */
const whole = (min: number, max: number) =>
  z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min).max(max));

export const targetForm = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z.strictObject({
    MaximumRetryAttempts: whole(0, DEFAULT_RETRIES).optional(),
    MaximumEventAgeInSeconds: whole(60, DEFAULT_AGE_SECONDS).optional(),
  }).optional(),
  Input: z.string().max(8_192).optional(),
  InputPath: z.undefined({ error: NO_TRANSFORMATION }).optional(),
  InputTransformer: z.undefined({ error: NO_TRANSFORMATION }).optional(),
  SqsParameters: z.strictObject({ MessageGroupId: z.string().min(1).max(100).optional() }).optional(),
});
export type TargetForm = z.output<typeof targetForm>;

export function readTarget(form: TargetForm): Target {
  return {
    id: form.Id,
    arn: form.Arn,
    deadLetterArn: form.DeadLetterConfig?.Arn,
    maxRetries: form.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
    maxAgeSeconds: form.RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS,
    input: form.Input,
    messageGroupId: form.SqsParameters?.MessageGroupId,
  };
}

export function writeTarget(target: Target): object {
  return {
    Id: target.id,
    Arn: target.arn,
    DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
    RetryPolicy: { MaximumRetryAttempts: target.maxRetries, MaximumEventAgeInSeconds: target.maxAgeSeconds },
    Input: target.input,
    SqsParameters: target.messageGroupId === undefined ? undefined : { MessageGroupId: target.messageGroupId },
  };
}
