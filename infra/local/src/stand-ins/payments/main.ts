// The payment stand-in as a process of its own: its configuration, its start, its end.
import { join } from 'node:path';
import { declareConfig, integer, readConfig, text, url } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';
import { listenOnLoopback } from '../../listen.http.ts';
import { chargeFact, refundFact } from './charges.ts';
import type { Charge, Refund } from './charges.ts';
import { readFaultSettings, strikes } from './faults.ts';
import { Ledger } from './ledger.file.ts';
import { paymentsHandler } from './payments.http.ts';
import { Webhooks } from './webhooks.http.ts';

const declaration = declareConfig('The payment stand-in', {
  port: integer('PAYMENTS_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 3004, maximum: 65_535 }),
  directory: text('PAYMENTS_DIR', { meaning: 'folder that keeps the ledger of charges and refunds' }),
  apiKey: text('PAYMENTS_API_KEY', { meaning: 'bearer key that callers send', secret: true, minimumLength: 16 }),
  webhookUrl: url('PAYMENTS_WEBHOOK_URL', { meaning: 'where webhooks are sent', default: 'http://127.0.0.1:3000/webhooks/payments/orders' }),
  webhookSecret: text('PAYMENTS_WEBHOOK_SECRET', { meaning: 'signs the webhooks: whsec_ and base64', secret: true, minimumLength: 38 }),
  faults: text('PAYMENTS_FAULTS', { meaning: 'fault settings as JSON, see CONTRACT.md', default: '{}' }),
});

await runMain(
  async ({ env }) => {
    const config = readConfig(declaration, env);
    const faults = { settings: readFaultSettings(declaration.variables.faults.name, config.faults) };
    const ledger = await Ledger.open(join(config.directory, 'ledger.jsonl'));
    const webhooks = new Webhooks({
      url: config.webhookUrl,
      secret: config.webhookSecret,
      now: Date.now,
      fate: (eventId) => {
        if (strikes(faults.settings, 'loseWebhook', eventId, 1)) return 'lost';
        return strikes(faults.settings, 'doubleWebhook', eventId, 1) ? 'doubled' : 'sent';
      },
    });
    const tellCharge = (charge: Charge): void => webhooks.schedule(chargeFact(charge), () => ledger.markTold(`charge ${charge.key}`));
    const tellRefund = (refund: Refund): void => webhooks.schedule(refundFact(refund), () => ledger.markTold(`refund ${refund.key}`));
    const { charges, refunds } = ledger.untold();
    charges.forEach(tellCharge);
    refunds.forEach(tellRefund);
    const handler = paymentsHandler({ ledger, apiKey: config.apiKey, now: Date.now, faults, owed: (what) => ('charge' in what ? tellCharge(what.charge) : tellRefund(what.refund)) });
    const server = await listenOnLoopback(config.port, () => handler);
    return {
      announce: { url: server.url },
      async stop() {
        await server.stop();
        await webhooks.stop();
        await ledger.close();
      },
    };
  },
  { log: createLogger({ name: 'payments' }) },
);
