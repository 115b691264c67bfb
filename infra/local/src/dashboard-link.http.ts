// A link that signs in at the dashboard as an admin, once: for whoever sits at the machine that runs the stack.
import { z } from 'zod';
import { createApi } from './demo/api.http.ts';
import type { StackDescription } from './stack-description.ts';

const LIMIT_MS = 10_000;

/** Asks the running stack for one; it holds for 15 minutes. Throws when the stack does not answer within 10 s. */
export async function oneTimeLink({ issuer, cc, clients }: Pick<StackDescription, 'issuer' | 'cc' | 'clients'>): Promise<string> {
  const api = createApi({ issuer, clientId: 'operator', secret: clients['operator']?.secret ?? '', service: cc, signal: AbortSignal.timeout(LIMIT_MS) });
  return (await api.call(z.object({ url: z.url() }), 'POST', '/dashboard/links', { body: {} })).url;
}
