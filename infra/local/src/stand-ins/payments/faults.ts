// What the payment stand-in does wrong beside what every stand-in does.
import { z } from 'zod';
import { FAULTS_OF_ALL, rangeMs, rate } from '../faults.ts';

export const faultSettingsSchema = z.strictObject({
  ...FAULTS_OF_ALL,
  /** Time until a charge or refund that is decided later is decided, milliseconds, from–to. */
  decisionDelayMs: rangeMs.default([200, 600]),
  /** The webhook is never sent. */
  loseWebhook: rate,
  /** The webhook is sent again after it was taken. */
  doubleWebhook: rate,
  /** The refund is decided later. */
  pendingRefund: rate,
  /** A refund by Stripe's API fails after it was given, when as much time has passed as for a decision, and that is told. */
  failRefund: rate,
  /** A webhook for everything, not only for what is decided later. */
  tellAll: z.boolean().default(false),
});

export type FaultSettings = z.infer<typeof faultSettingsSchema>;
