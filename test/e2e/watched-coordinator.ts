/** Commerce Coordinator as it is, whose live bus somebody watches: each type of run of a handler that it tells stands once in the file that TOLD_FILE names. */
import { appendFileSync } from 'node:fs';
import { compose } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';

await runMain(async ({ env, signal }) => {
  const coordinator = await compose(readConfig(CONFIG, env), { signal });
  const told = new Set<string>();
  coordinator.live.bus.subscribe('job.*', ({ eventType }) => {
    if (told.has(eventType)) return;
    told.add(eventType);
    appendFileSync(env['TOLD_FILE'] ?? '', `${eventType}\n`);
  });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
