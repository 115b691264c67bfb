// The LMS stand-in as a process of its own: its configuration, its start, its end.
import { join } from 'node:path';
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { readFaultSettings, strikes } from '../faults.ts';
import { runStandIn } from '../run-stand-in.ts';
import { Webhooks } from '../webhooks.http.ts';
import { callbackOf } from './enrolment.ts';
import type { Grant } from './enrolment.ts';
import { faultSettingsSchema } from './faults.ts';
import { Ledger } from './ledger.file.ts';
import { lmsHandler } from './lms.http.ts';

const declaration = declareConfig('The LMS stand-in', {
  port: integer('LMS_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 3003, maximum: 65_535 }),
  directory: text('LMS_DIR', { meaning: 'folder that keeps the ledger of effects' }),
  apiKey: text('LMS_API_KEY', { meaning: 'bearer key that callers send', secret: true, minimumLength: 16 }),
  callbackSecret: text('LMS_CALLBACK_SECRET', { meaning: 'signs the callbacks: whsec_ and base64', secret: true, minimumLength: 38 }),
  faults: text('LMS_FAULTS', { meaning: 'fault settings as JSON, see CONTRACT.md', default: '{}' }),
});

await runStandIn('lms', async (env) => {
  const config = readConfig(declaration, env);
  const faults = { settings: readFaultSettings(declaration.service, faultSettingsSchema, declaration.variables.faults.name, config.faults) };
  const ledger = await Ledger.open(join(config.directory, 'ledger.jsonl'));
  const webhooks = new Webhooks({ secret: config.callbackSecret, now: Date.now });
  const callBack = (grant: Grant): void => {
    if (grant.callbackUrl === null) return;
    webhooks.schedule({ ...callbackOf(grant), url: grant.callbackUrl, dueAtMs: grant.activeAtMs }, {
      fate: () => (ledger.neverActive(grant) || strikes(faults.settings, 'loseCallback', grant.reference, 1) ? 'lost' : 'sent'),
      settled: () => ledger.markDelivered(grant.reference),
    });
  };
  ledger.undelivered().forEach(callBack);
  return {
    port: config.port,
    handler: lmsHandler({ ledger, apiKey: config.apiKey, now: Date.now, faults, granted: callBack }),
    async close() {
      await webhooks.stop();
      await ledger.close();
    },
  };
});
