// How a stand-in misbehaves. Every draw comes from (seed, fault, subject, number of the try), never from the order of arrival, so
// that the same run with the same seed meets the same faults. Pure. What only one provider does wrong stands beside it.
import { createHash } from 'node:crypto';
import { ConfigError } from '@commerce/service-kit/config';
import { z } from 'zod';

/** A share of the tries, 0 to 1. */
export const rate = z.number().min(0).max(1).default(0);
/** From–to, milliseconds. */
export const rangeMs = z
  .tuple([z.number().int().min(0).max(60_000), z.number().int().min(0).max(60_000)])
  .refine(([low, high]) => low <= high, 'the first figure is above the second');

/** Members of the settings of every stand-in. */
export const FAULTS_OF_ALL = {
  seed: z.number().int().default(1),
  /** Delay of every answer. */
  latencyMs: rangeMs.default([0, 0]),
  tooManyRequests: rate,
  retryAfterSeconds: z.number().int().min(1).max(600).default(1),
  serverError: rate,
  /** The connection is destroyed after the effect is on disk. */
  loseAnswer: rate,
};

export type FaultsOfAll = z.infer<z.ZodObject<typeof FAULTS_OF_ALL>>;

/**
 * The settings that the variable `name` holds as JSON.
 * @param program as the error calls it
 * @throws ConfigError that names the variable, its faults and the mend
 */
export function readFaultSettings<Settings>(program: string, schema: z.ZodType<Settings>, name: string, text: string): Settings {
  const refuse = (fault: string): ConfigError =>
    new ConfigError(program, [`${name} holds no fault settings (${fault}). Write a JSON object such as {"serverError": 0.1}, or leave it out; CONTRACT.md beside the stand-in lists its fields`]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('it is no JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw refuse(faultsIn(parsed.error));
  return parsed.data;
}

/** What is wrong with settings, each fault with its field. */
export function faultsIn({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ');
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function draw(seed: number, fault: string, subject: string, attempt: number): number {
  return createHash('sha256').update(`${seed}|${fault}|${subject}|${attempt}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** Whether this fault strikes this subject on this try (the first try is 1). */
export function strikes<Fault extends string>(settings: { readonly seed: number } & Readonly<Record<NoInfer<Fault>, number>>, fault: Fault, subject: string, attempt: number): boolean {
  const probability: number = settings[fault];
  return probability > 0 && draw(settings.seed, fault, subject, attempt) < probability;
}

/** The drawn length of a wait, whole milliseconds within the range, both ends included. */
export function drawMs<Range extends string>(settings: { readonly seed: number } & Readonly<Record<NoInfer<Range>, readonly [number, number]>>, range: Range, subject: string, attempt: number): number {
  const [low, high]: readonly [number, number] = settings[range];
  return low === high ? low : low + Math.floor(draw(settings.seed, range, subject, attempt) * (high - low + 1));
}
