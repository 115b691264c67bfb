/** The payment providers that can be asked, as the configuration says. One without a key is not there. */
import type { CallNotes } from '../../calls/call-notes.ts';
import type { PaymentProviders } from './provider.ts';
import { createStandardProvider } from './standard.http.ts';
import { createStripeProvider } from './stripe.http.ts';

export interface ProviderSettings {
  readonly paymentsUrl: string;
  readonly paymentsApiKey: string;
  readonly paymentsTimeoutMs: number;
  readonly stripeUrl: string;
  readonly stripeApiKey: string | undefined;
}

/** `connections`: calls at once, to each of them. */
export function openProviders({ config, nowMs, connections, calls }: { readonly config: ProviderSettings; readonly nowMs: () => number; readonly connections: number; readonly calls?: CallNotes | undefined }): { readonly providers: PaymentProviders; close(): Promise<void> } {
  const common = { timeoutMs: config.paymentsTimeoutMs, connections, nowMs };
  const standard = createStandardProvider({ ...common, url: config.paymentsUrl, apiKey: config.paymentsApiKey, noted: calls && { calls, service: 'payments standard' } });
  const stripe = config.stripeApiKey === undefined ? undefined : createStripeProvider({ ...common, url: config.stripeUrl, apiKey: config.stripeApiKey, noted: calls && { calls, service: 'payments stripe' } });
  return {
    providers: new Map([['standard', standard], ...(stripe === undefined ? [] : [['stripe', stripe] as const])]),
    async close() {
      await standard.close();
      await stripe?.close();
    },
  };
}
