// What an enrolment is and what a request for one means. Two facts are kept apart: the enrolment (one per learner and course,
// as in Open edX) and the grant (one per reference: the effect that a caller asked for and must find exactly once). A grant ends
// when it is unenrolled under its reference, for good; the learner leaves the course with the last one. Pure.
import { createHash } from 'node:crypto';
import { z } from 'zod';

const MODES = ['audit', 'honor', 'verified', 'professional', 'no-id-professional', 'credit'] as const;
const ATTRIBUTES = ['reference', 'order_id', 'line_id', 'quantity'] as const;

const requestSchema = z.strictObject({
  user: z.string().min(1).max(150),
  course_details: z.strictObject({ course_id: z.string().min(1).max(255) }),
  mode: z.enum(MODES).default('verified'),
  is_active: z.boolean().default(true),
  enrollment_attributes: z.array(z.strictObject({ namespace: z.literal('order'), name: z.enum(ATTRIBUTES), value: z.string().min(1).max(255) })).max(ATTRIBUTES.length),
  callback_url: z.url({ protocol: /^https?$/ }).max(2_048).optional(),
});

/** The effect of one reference, as the ledger keeps it. Times are milliseconds since 1970. */
export type Grant = {
  readonly reference: string;
  readonly orderId: string;
  readonly lineId: string;
  readonly quantity: number;
  readonly user: string;
  readonly courseId: string;
  readonly mode: string;
  readonly callbackUrl: string | null;
  readonly createdAtMs: number;
  readonly activeAtMs: number;
};

export type EnrolmentRequest = Omit<Grant, 'createdAtMs' | 'activeAtMs'>;

/** The request in the stand-in's own words, whether it enrols or unenrols, or a message that names the field. */
export function parseEnrolmentRequest(body: unknown): { readonly asked: EnrolmentRequest; readonly enrols: boolean } | { readonly refused: string } {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { refused: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}` };
  }
  const { user, course_details: course, mode, is_active: enrols, enrollment_attributes: attributes, callback_url: callbackUrl } = parsed.data;
  const values = new Map(attributes.map(({ name, value }) => [name, value]));
  const missing = ATTRIBUTES.filter((name) => !values.has(name));
  if (missing.length > 0) return { refused: `enrollment_attributes: missing or twice: ${missing.join(', ')}` };
  const quantity = Number(values.get('quantity'));
  if (!Number.isSafeInteger(quantity) || quantity < 1) return { refused: 'enrollment_attributes: quantity is a positive whole number' };
  const asked = {
    reference: values.get('reference') as string,
    orderId: values.get('order_id') as string,
    lineId: values.get('line_id') as string,
    quantity,
    user,
    courseId: course.course_id,
    mode,
    callbackUrl: callbackUrl ?? null,
  };
  return { asked, enrols };
}

/** Whether a repeat under the same reference asks for the same thing; where to call back may change. */
export function sameRequest(grant: Grant, request: EnrolmentRequest): boolean {
  const keys = ['orderId', 'lineId', 'quantity', 'user', 'courseId', 'mode'] as const;
  return keys.every((key) => grant[key] === request[key]);
}

/** The answer's body: the enrolment of `grant` as it stands at `nowMs`, for the caller that asked under `reference`. */
export function enrolmentBody(grant: Grant, nowMs: number, reference = grant.reference): Record<string, unknown> {
  const active = grant.activeAtMs <= nowMs;
  return {
    created: new Date(grant.createdAtMs).toISOString(),
    mode: grant.mode,
    is_active: active,
    status: active ? 'active' : 'pending',
    course_details: { course_id: grant.courseId },
    user: grant.user,
    reference,
  };
}

/** The answer's body when the enrolment has ended, or when there never was one: `createdAtMs` is then that of the wish to end it. */
export function endedBody({ mode, courseId, user, reference }: EnrolmentRequest, createdAtMs: number): Record<string, unknown> {
  return { created: new Date(createdAtMs).toISOString(), mode, is_active: false, status: 'unenrolled', course_details: { course_id: courseId }, user, reference };
}

/** The callback that tells that a grant is active: its id and its body, the same however often it is sent. */
export function callbackOf(grant: Grant): { readonly eventId: string; readonly body: string } {
  const eventId = `enr_${createHash('sha256').update(grant.reference).digest('hex').slice(0, 32)}`;
  const body = JSON.stringify({
    type: 'enrollment.activated',
    timestamp: new Date(grant.activeAtMs).toISOString(),
    data: {
      reference: grant.reference,
      order_id: grant.orderId,
      line_id: grant.lineId,
      quantity: grant.quantity,
      user: grant.user,
      course_id: grant.courseId,
      mode: grant.mode,
      is_active: true,
    },
  });
  return { eventId, body };
}
