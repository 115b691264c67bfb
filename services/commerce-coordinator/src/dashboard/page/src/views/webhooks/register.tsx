/** Registering a webhook. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { EMPTY_FORM, formFaults, registrationOf } from './endpoint-form.ts';
import { WebhookFields } from './fields.tsx';
import type { ShownSecret } from './secret-note.tsx';

export function RegisterButton({ onRegistered }: { readonly onRegistered: (shown: ShownSecret) => void }): ReactNode {
  const queries = useQueryClient();
  const [form, setForm] = useState(EMPTY_FORM);
  // The same form sent twice is one webhook.
  const [key, setKey] = useState('');
  const isReady = Object.keys(formFaults(form)).length === 0;
  const body = (): Schemas['WebhookRegistration'] => (isReady ? registrationOf(form) : { url: form.url, events: [...form.events] }) as Schemas['WebhookRegistration'];
  return (
    <ActButton
      name="Register a webhook" scope="webhooks:write" tone="primary" isReady={isReady} onOpen={() => { setForm(EMPTY_FORM); setKey(crypto.randomUUID()); }}
      call={(reason) => ({ method: 'POST', path: '/api/webhooks/register', body: { ...body(), reason: reasonOf(reason) } })}
      run={async (reason) => {
        const { data } = await api.POST('/api/webhooks/register', { params: { header: { 'Idempotency-Key': key } }, body: { ...body(), reason: reasonOf(reason) } });
        if (data !== undefined) onRegistered({ webhookId: data.webhookId, url: data.url, secret: data.secret, publicKey: data.secrets[0]?.publicKey ?? null });
        await queries.invalidateQueries({ queryKey: ['get', '/api/webhooks'] });
      }}
    >
      <WebhookFields form={form} onChange={setForm} isNew />
    </ActButton>
  );
}
