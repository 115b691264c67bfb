/** Commerce Coordinator with a wrong clock: CLOCK_SKEW_MS ahead, and from SIGUSR2 on so much behind. Its steady clock is right. */
import { compose } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { systemClock } from '@commerce/service-kit/ports';

await runMain(async ({ env, signal }) => {
  let skewMs = Number(env['CLOCK_SKEW_MS']);
  process.once('SIGUSR2', () => (skewMs = -skewMs));
  const now = (): Date => new Date(Date.now() + skewMs);
  const coordinator = await compose(readConfig(CONFIG, env), { clock: { ...systemClock, now }, signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
