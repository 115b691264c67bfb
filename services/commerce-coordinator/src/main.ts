/** The edges of the process: environment in, exit code out. What stands in between is in compose.ts. */
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { faultsFrom } from '@commerce/service-kit/ports';
import { compose } from './compose.ts';
import { CONFIG } from './config.ts';

await runMain(async ({ env, signal }) => {
  const coordinator = await compose(readConfig(CONFIG, env), { faults: faultsFrom(env), signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
