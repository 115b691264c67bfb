/** For tests that load extensions without `orders`: declares the signal by which acts of people are recorded. */
import { defineExtension } from '@commerce/signals/extension';
import { auditRecorded } from './audit.ts';

export const recordingActs = defineExtension({
  name: 'acts', description: 'Declares what every extension records.', source: 'order-service', signals: [auditRecorded], handlers: {},
  store: { load: async () => new Map(), save: async () => undefined }, open: (): void => undefined,
});
