// What the LMS stand-in does wrong beside what every stand-in does.
import { z } from 'zod';
import { FAULTS_OF_ALL, rangeMs, rate } from '../faults.ts';

export const faultSettingsSchema = z.strictObject({
  ...FAULTS_OF_ALL,
  /** Time from the effect until the enrolment is active, milliseconds, from–to. */
  activationDelayMs: rangeMs.default([20, 120]),
  /** The callback is never sent. */
  loseCallback: rate,
  unknownCourses: z.array(z.string()).default([]),
  unknownUsers: z.array(z.string()).default([]),
  /** Courses that nobody may leave. */
  lockedCourses: z.array(z.string()).default([]),
});

export type FaultSettings = z.infer<typeof faultSettingsSchema>;
