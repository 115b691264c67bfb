/** Commerce Coordinator with a wrong clock: CLOCK_SKEW_MS ahead, and from 3 s after its start so much behind. Its steady clock is right. */
import { compose } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { systemClock } from '@commerce/service-kit/ports';

const JUMPS_AFTER_MS = 3_000;

await runMain(async ({ env, signal }) => {
  const skewMs = Number(env['CLOCK_SKEW_MS']);
  const startedMs = systemClock.monotonicMs();
  const now = (): Date => new Date(Date.now() + (systemClock.monotonicMs() - startedMs < JUMPS_AFTER_MS ? skewMs : -skewMs));
  const coordinator = await compose(readConfig(CONFIG, env), { clock: { ...systemClock, now }, signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
