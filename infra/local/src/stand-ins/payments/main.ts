// The payment stand-in as a process of its own: its configuration, its start, its end.
import { join } from 'node:path';
import { declareConfig, integer, readConfig, text, url } from '@commerce/service-kit/config';
import { readFaultSettings, strikes } from '../faults.ts';
import { runStandIn } from '../run-stand-in.ts';
import { Webhooks } from '../webhooks.http.ts';
import type { Fate } from '../webhooks.http.ts';
import { chargeFact, refundFact } from './charges.ts';
import type { Charge, Fact, Refund } from './charges.ts';
import { faultSettingsSchema } from './faults.ts';
import { Ledger } from './ledger.file.ts';
import { paymentsHandler } from './payments.http.ts';
import type { Owed } from './payments.http.ts';
import { stripeHandler } from './stripe.http.ts';
import { chargeRefundedFact, intentFact, refundFailedFact, signStripe } from './stripe-objects.ts';

const declaration = declareConfig('The payment stand-in', {
  port: integer('PAYMENTS_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 3004, maximum: 65_535 }),
  directory: text('PAYMENTS_DIR', { meaning: 'folder that keeps the ledger of charges and refunds' }),
  apiKey: text('PAYMENTS_API_KEY', { meaning: 'bearer key that callers send', secret: true, minimumLength: 16 }),
  webhookUrl: url('PAYMENTS_WEBHOOK_URL', { meaning: 'where webhooks are sent', default: 'http://127.0.0.1:3000/webhooks/payments/orders' }),
  webhookSecret: text('PAYMENTS_WEBHOOK_SECRET', { meaning: 'signs the webhooks: whsec_ and base64', secret: true, minimumLength: 38 }),
  stripeApiKey: text('STRIPE_API_KEY', { meaning: 'bearer key that callers of its Stripe API send; without it there is none', secret: true, minimumLength: 16, optional: true }),
  stripeWebhookUrl: url('STRIPE_WEBHOOK_URL', { meaning: 'where webhooks in the manner of Stripe are sent', default: 'http://127.0.0.1:3000/webhooks/payments/orders/stripe' }),
  stripeWebhookSecret: text('STRIPE_WEBHOOK_SECRET', { meaning: 'signs the webhooks in the manner of Stripe', secret: true, default: 'whsec_of_nobody' }),
  faults: text('PAYMENTS_FAULTS', { meaning: 'fault settings as JSON, see CONTRACT.md', default: '{}' }),
});

/** Its Stripe API stands below this. */
const STRIPE_PREFIX = '/stripe/';

await runStandIn('payments', async (env) => {
  const config = readConfig(declaration, env);
  const faults = { settings: readFaultSettings(declaration.service, faultSettingsSchema, declaration.variables.faults.name, config.faults) };
  const ledger = await Ledger.open(join(config.directory, 'ledger.jsonl'));
  const webhooks = new Webhooks({ secret: config.webhookSecret, now: Date.now });
  const fateOf = (eventId: string): Fate => {
    if (strikes(faults.settings, 'loseWebhook', eventId, 1)) return 'lost';
    return strikes(faults.settings, 'doubleWebhook', eventId, 1) ? 'doubled' : 'sent';
  };
  const tell = (fact: Fact, name: string, isOfStripe: boolean): void => {
    const way = isOfStripe ? { url: config.stripeWebhookUrl, signed: (at: number) => ({ 'stripe-signature': signStripe(config.stripeWebhookSecret, at, fact.body) }) } : { url: config.webhookUrl };
    webhooks.schedule({ ...fact, ...way }, { fate: () => fateOf(fact.eventId), settled: () => ledger.markTold(name) });
  };
  const tellCharge = (charge: Charge): void => tell(charge.intent === undefined ? chargeFact(charge) : intentFact(charge), `charge ${charge.key}`, charge.intent !== undefined);
  const tellRefund = (refund: Refund): void => {
    const of = ledger.charge(refund.chargeKey)?.thing;
    tell(of?.intent === undefined ? refundFact(refund) : chargeRefundedFact(refund, of, ledger.refundsOf(of.key)), `refund ${refund.key}`, of?.intent !== undefined);
  };
  const tellFailed = (refund: Refund): void => {
    const of = ledger.charge(refund.chargeKey)?.thing;
    if (of !== undefined) tell(refundFailedFact(refund, of), `failed ${refund.key}`, true);
  };
  const { charges, refunds, failed } = ledger.untold();
  charges.forEach(tellCharge);
  refunds.forEach(tellRefund);
  failed.forEach(tellFailed);
  const common = { ledger, now: Date.now, faults, owed: (what: Owed) => ('charge' in what ? tellCharge(what.charge) : 'refund' in what ? tellRefund(what.refund) : tellFailed(what.failed)) };
  const standard = paymentsHandler({ ...common, apiKey: config.apiKey });
  const stripe = config.stripeApiKey === undefined ? undefined : stripeHandler({ ...common, apiKey: config.stripeApiKey });
  return {
    port: config.port,
    handler(request, response) {
      if (stripe === undefined || request.url?.startsWith(STRIPE_PREFIX) !== true) return standard(request, response);
      request.url = request.url.slice(STRIPE_PREFIX.length - 1);
      return stripe(request, response);
    },
    async close() {
      await webhooks.stop();
      await ledger.close();
    },
  };
});
