// How the LMS stand-in misbehaves. Every draw comes from (seed, fault, subject, number of the try), never from the order of
// arrival, so that the same run with the same seed meets the same faults. Pure.
import { createHash } from 'node:crypto';
import { ConfigError } from '@commerce/service-kit/config';
import { z } from 'zod';

const rate = z.number().min(0).max(1).default(0);
const rangeMs = z
  .tuple([z.number().int().min(0).max(60_000), z.number().int().min(0).max(60_000)])
  .refine(([low, high]) => low <= high, 'the first figure is above the second');

export const faultSettingsSchema = z.strictObject({
  seed: z.number().int().default(1),
  /** Delay of every answer, milliseconds, from–to. */
  latencyMs: rangeMs.default([0, 0]),
  /** Time from the effect until the enrolment is active, milliseconds, from–to. */
  activationDelayMs: rangeMs.default([20, 120]),
  tooManyRequests: rate,
  retryAfterSeconds: z.number().int().min(1).max(600).default(1),
  serverError: rate,
  /** The connection is destroyed after the effect is on disk. */
  loseAnswer: rate,
  /** The callback is never sent. */
  loseCallback: rate,
  unknownCourses: z.array(z.string()).default([]),
  unknownUsers: z.array(z.string()).default([]),
  /** Courses that nobody may leave. */
  lockedCourses: z.array(z.string()).default([]),
});

export type FaultSettings = z.infer<typeof faultSettingsSchema>;
type RateName = 'tooManyRequests' | 'serverError' | 'loseAnswer' | 'loseCallback';
type RangeName = 'latencyMs' | 'activationDelayMs';

/** The settings that the variable `name` holds as JSON. Throws a `ConfigError` that names the variable, its faults and the mend. */
export function readFaultSettings(name: string, text: string): FaultSettings {
  const parsed = faultSettingsSchema.safeParse(jsonOf(name, text));
  if (parsed.success) return parsed.data;
  throw unreadable(name, parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; '));
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(name, 'it is no JSON');
  }
}

function unreadable(name: string, fault: string): ConfigError {
  return new ConfigError('The LMS stand-in', [`${name} holds no fault settings (${fault}). Write a JSON object such as {"serverError": 0.1}, or leave it out; CONTRACT.md beside the stand-in lists its fields`]);
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function draw(seed: number, fault: string, subject: string, attempt: number): number {
  return createHash('sha256').update(`${seed}|${fault}|${subject}|${attempt}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** Whether this fault strikes this subject on this try (the first try is 1). */
export function strikes(settings: FaultSettings, fault: RateName, subject: string, attempt: number): boolean {
  const probability = settings[fault];
  return probability > 0 && draw(settings.seed, fault, subject, attempt) < probability;
}

/** The drawn length of a wait, whole milliseconds within the range, both ends included. */
export function drawMs(settings: FaultSettings, range: RangeName, subject: string, attempt: number): number {
  const [low, high] = settings[range];
  return low === high ? low : low + Math.floor(draw(settings.seed, range, subject, attempt) * (high - low + 1));
}
