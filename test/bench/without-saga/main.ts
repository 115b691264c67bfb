/** Commerce Coordinator with the extensions and the map beside this file. */
import { compose } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { EXTENSIONS, MAP } from './extensions.ts';

await runMain(async ({ env, signal }) => {
  const coordinator = await compose(readConfig(CONFIG, env), { signal, loaded: { extensions: EXTENSIONS, map: MAP } });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
