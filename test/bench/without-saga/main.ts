/** Commerce Coordinator with the extensions and the map beside this file. It publishes nothing of its own, as the naive one: nobody hears it. */
import { compose } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { EXTENSIONS, MAP } from './extensions.ts';

const NO_PUBLISHER = { name: 'publisher', wants: () => false, handle: async () => undefined };

await runMain(async ({ env, signal }) => {
  const coordinator = await compose(readConfig(CONFIG, env), { signal, loaded: { extensions: EXTENSIONS, map: MAP }, publisher: NO_PUBLISHER });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
