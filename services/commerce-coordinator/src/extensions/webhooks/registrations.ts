/** Decides on registrations, whoever changes one: a request, or a delivery that finds its endpoint gone. Both wait for the same locks. */
import { defineExtension } from '@commerce/signals/extension';
import { registrationsStore } from './endpoints.pg.ts';
import { webhookEndpointDisabled, webhookEndpointFailing } from './signals.ts';

/** In no list: the extension itself decides on what is to be delivered. */
export const REGISTRATIONS = defineExtension({
  name: 'webhook-registrations', description: 'Registers webhooks.', source: 'webhook-service', signals: [webhookEndpointFailing, webhookEndpointDisabled], handlers: {}, store: registrationsStore, open: () => ({}),
});
