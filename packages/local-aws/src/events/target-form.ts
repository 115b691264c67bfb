/** A target in the form that the API and CloudFormation share. */
import { z } from 'zod';
import type { Target } from './event-buses.ts';
import { readTargetInput } from './target-input.ts';
import { targetIdForm } from './names.ts';

const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_SECONDS = 86_400;

/** A number, or its digits as CloudFormation also takes them. */
const whole = (min: number, max: number) =>
  z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min).max(max));

/** A name in the map of paths; one of EventBridge's own variables it cannot be. */
const variableForm = z.string().max(256).regex(/^(?!aws\.events\.)[A-Za-z0-9_\-.]+$/);

export const targetForm = z.strictObject({
  Id: targetIdForm,
  Arn: z.string().min(1).max(1_600),
  DeadLetterConfig: z.strictObject({ Arn: z.string().min(1).max(1_600).optional() }).optional(),
  RetryPolicy: z.strictObject({
    MaximumRetryAttempts: whole(0, DEFAULT_RETRIES).optional(),
    MaximumEventAgeInSeconds: whole(60, DEFAULT_AGE_SECONDS).optional(),
  }).optional(),
  Input: z.string().max(8_192).optional(),
  InputPath: z.string().max(256).optional(),
  InputTransformer: z.strictObject({
    InputPathsMap: z.record(variableForm, z.string().max(256)).refine((paths) => Object.keys(paths).length <= 100, 'at most 100 paths').optional(),
    InputTemplate: z.string().min(1).max(8_192),
  }).optional(),
  SqsParameters: z.strictObject({ MessageGroupId: z.string().min(1).max(100).optional() }).optional(),
});
export type TargetForm = z.output<typeof targetForm>;

/** The target that the form describes. Throws EventBridge's refusals of its input. */
export function readTarget(form: TargetForm): Target {
  return {
    id: form.Id,
    arn: form.Arn,
    deadLetterArn: form.DeadLetterConfig?.Arn,
    maxRetries: form.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
    maxAgeSeconds: form.RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS,
    input: readTargetInput(form),
    messageGroupId: form.SqsParameters?.MessageGroupId,
    form,
  };
}
