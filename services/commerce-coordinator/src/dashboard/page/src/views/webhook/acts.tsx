/** What one does with a webhook. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { api } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { useMay, useSession } from '../../session.tsx';
import { changeOf, formFaults, formOf } from '../webhooks/endpoint-form.ts';
import { WebhookFields } from '../webhooks/fields.tsx';
import type { ShownSecret } from '../webhooks/secret-note.tsx';

type Webhook = Schemas['Webhook'];
export type Tested = Schemas['TestedWebhook'];

interface ActsProps {
  readonly webhook: Webhook;
  readonly held: number;
  readonly onTested: (tested: Tested) => void;
  readonly onSecret: (shown: ShownSecret) => void;
}

const SCOPE = 'webhooks:write';

/** Whether where the deliveries go, and what they are signed with, may be changed: of what somebody else has registered by an admin alone. */
function useMayMove({ owner }: Webhook): boolean {
  const { clientName, scopes } = useSession();
  return owner === clientName || scopes.includes('admin');
}

export function Acts({ webhook, held, onTested, onSecret }: ActsProps): ReactNode {
  const { webhookId, status } = webhook;
  const queries = useQueryClient();
  const [, go] = useLocation();
  const may = useMay(SCOPE);
  const mayMove = useMayMove(webhook);
  const path = `/api/webhooks/${webhookId}`;
  const params = { path: { id: webhookId } };
  const again = (): Promise<void> => queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/api/webhooks') });
  const act = (name: string) => (reason: string) => ({ method: 'POST', path: `${path}/${name}`, body: { reason: reasonOf(reason) } });
  return (
    <div className="row">
      <ActButton name="Send test" scope={SCOPE} call={act('test')} run={async (reason) => {
        const { data } = await api.POST('/api/webhooks/{id}/test', { params, body: { reason: reasonOf(reason) } });
        if (data !== undefined) onTested(data);
      }}>
        <p>One attempt with the event <code>webhook.test</code>, signed and guarded as every delivery. It counts nowhere.</p>
      </ActButton>
      <ChangeButton webhook={webhook} mayMove={mayMove} onChanged={again} />
      <ActButton name="Rotate secret" scope={SCOPE} isDisabled={!mayMove} call={act('rotate')} run={async (reason) => {
        const { data } = await api.POST('/api/webhooks/{id}/rotate', { params, body: { reason: reasonOf(reason) } });
        if (data !== undefined) onSecret({ webhookId, url: data.url, secret: data.secret, publicKey: data.secrets[0]?.publicKey ?? null });
        await again();
      }}>
        <p>A new secret is made and shown once. The one before signs along for 24 hours, so that the receiver can change without a gap.</p>
      </ActButton>
      {status === 'enabled' ? (
        <ActButton name="Disable" scope={SCOPE} call={act('disable')} run={async (reason) => {
          await api.POST('/api/webhooks/{id}/disable', { params, body: { reason: reasonOf(reason) } });
          await again();
        }}><p>Its deliveries are held, for 31 days, until it is enabled.</p></ActButton>
      ) : <EnableButton webhook={webhook} held={held} onEnabled={again} />}
      <ActButton name="Delete" scope={SCOPE} tone="danger" call={(reason) => ({ method: 'DELETE', path: `${path}?${new URLSearchParams({ reason }).toString()}`, body: undefined })} run={async (reason) => {
        await api.DELETE('/api/webhooks/{id}', { params: { ...params, query: { reason } } });
        go('/webhooks');
        await again();
      }}><p>{webhook.url} is not told of anything any more, and what waits for it is discarded. This cannot be taken back.</p></ActButton>
      {!mayMove && may && <p className="soft" role="note">It belongs to {webhook.owner}: where its deliveries go, and what they are signed and sent with, is changed by its owner or an admin.</p>}
    </div>
  );
}

function EnableButton({ webhook: { webhookId }, held, onEnabled }: { readonly webhook: Webhook; readonly held: number; readonly onEnabled: () => Promise<void> }): ReactNode {
  const [fate, setFate] = useState<'deliver' | 'discard'>('deliver');
  const body = (reason: string) => ({ held: fate, reason: reasonOf(reason) });
  return (
    <ActButton name="Enable" scope={SCOPE} tone="primary" call={(reason) => ({ method: 'POST', path: `/api/webhooks/${webhookId}/enable`, body: body(reason) })} run={async (reason) => {
      await api.POST('/api/webhooks/{id}/enable', { params: { path: { id: webhookId } }, body: body(reason) });
      await onEnabled();
    }}>
      <fieldset className="webhook-fate"><legend>{held.toLocaleString()} deliveries were held. They are to be</legend>
        <label className="webhook-check"><input type="radio" name="fate" checked={fate === 'deliver'} onChange={() => setFate('deliver')} /> delivered now</label>
        <label className="webhook-check"><input type="radio" name="fate" checked={fate === 'discard'} onChange={() => setFate('discard')} /> discarded</label>
      </fieldset>
    </ActButton>
  );
}

function ChangeButton({ webhook, mayMove, onChanged }: { readonly webhook: Webhook; readonly mayMove: boolean; readonly onChanged: () => Promise<void> }): ReactNode {
  const [form, setForm] = useState(() => formOf(webhook));
  const isRight = Object.keys(formFaults(form)).length === 0;
  const change = isRight ? changeOf(form, webhook) : {};
  const body = (reason: string): Schemas['WebhookChange'] => ({ ...change, reason: reasonOf(reason) });
  return (
    <ActButton name="Edit" scope={SCOPE} isReady={isRight && Object.keys(change).length > 0} onOpen={() => setForm(formOf(webhook))} call={(reason) => ({ method: 'PATCH', path: `/api/webhooks/${webhook.webhookId}`, body: body(reason) })} run={async (reason) => {
      await api.PATCH('/api/webhooks/{id}', { params: { path: { id: webhook.webhookId } }, body: body(reason) });
      await onChanged();
    }}>
      <WebhookFields form={form} onChange={setForm} isNew={false} mayMove={mayMove} />
    </ActButton>
  );
}
