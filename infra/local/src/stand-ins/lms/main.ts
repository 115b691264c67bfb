// The LMS stand-in as a process of its own: its configuration, its start, its end.
import { join } from 'node:path';
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';
import { listenOnLoopback } from '../../listen.http.ts';
import { Callbacks } from './callbacks.http.ts';
import { readFaultSettings, strikes } from './faults.ts';
import { Ledger } from './ledger.file.ts';
import { lmsHandler } from './lms.http.ts';

const declaration = declareConfig('The LMS stand-in', {
  port: integer('LMS_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 3003, maximum: 65_535 }),
  directory: text('LMS_DIR', { meaning: 'folder that keeps the ledger of effects' }),
  apiKey: text('LMS_API_KEY', { meaning: 'bearer key that callers send', secret: true, minimumLength: 16 }),
  callbackSecret: text('LMS_CALLBACK_SECRET', { meaning: 'signs the callbacks: whsec_ and base64', secret: true, minimumLength: 38 }),
  faults: text('LMS_FAULTS', { meaning: 'fault settings as JSON, see CONTRACT.md', default: '{}' }),
});

await runMain(
  async ({ env }) => {
    const config = readConfig(declaration, env);
    const faults = { settings: readFaultSettings(declaration.variables.faults.name, config.faults) };
    const ledger = await Ledger.open(join(config.directory, 'ledger.jsonl'));
    const callbacks = new Callbacks({
      secret: config.callbackSecret,
      now: Date.now,
      isLost: (grant) => ledger.neverActive(grant) || strikes(faults.settings, 'loseCallback', grant.reference, 1),
      settled: (reference) => ledger.markDelivered(reference),
    });
    for (const grant of ledger.undelivered()) callbacks.schedule(grant);
    const handler = lmsHandler({ ledger, apiKey: config.apiKey, now: Date.now, faults, granted: (grant) => callbacks.schedule(grant) });
    const server = await listenOnLoopback(config.port, () => handler);
    return {
      announce: { url: server.url },
      async stop() {
        await server.stop();
        await callbacks.stop();
        await ledger.close();
      },
    };
  },
  { log: createLogger({ name: 'lms' }) },
);
