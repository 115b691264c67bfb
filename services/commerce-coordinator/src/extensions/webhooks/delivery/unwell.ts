/** Tells that an endpoint fails, and disables one that is gone: as an event, with the change of the endpoint, once for all processes. */
import { apply, stale } from '@commerce/event-log/extension';
import type { Extension } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { inputDecision } from '@commerce/signals/sending';
import { addressOf } from '../address-guard/endpoint-url.ts';
import { changed, disabled } from '../registration.ts';
import type { Present, Registered } from '../registration.ts';
import { REGISTRATIONS } from '../registrations.ts';
import { webhookEndpointDisabled, webhookEndpointFailing } from '../signals.ts';
import type { DispatcherOptions } from './dispatcher.ts';

const MAX_ERROR = 500;

/** Rejects when it could not be written. */
export function unwellTeller(log: EventLog): DispatcherOptions['onUnwell'] {
  const { name, source, store } = REGISTRATIONS;
  const extension: Extension<Registered> = { name, source, store, handlers: {}, effects: {}, timers: {} };
  return async ({ endpointId }, verdict, { lease, attempt }) => {
    const lastAnswer = { status: attempt.status, error: attempt.error?.slice(0, MAX_ERROR) ?? null };
    const trigger = { correlationId: log.preparer.uuid(), causationId: lease.eventId, metadata: {} };
    const [settled] = await log.change(extension, [{
      subject: endpointId, handler: 'job:webhooks.deliver', trigger,
      decide: inputDecision<Registered>(REGISTRATIONS, (there, context) => {
        if (there === undefined || there.endpoint === null || there.endpoint.status === 'disabled') return stale('endpoint_not_enabled', {});
        const present = there as Present;
        const told = { endpointId, owner: present.endpoint.owner, url: addressOf(present.endpoint.url), lastAnswer, eventId: lease.eventId, event: lease.name };
        const now = new Date(context.nowMs);
        if (verdict.act === 'recovered') return changed(present, { noticedAt: null }, now);
        if (verdict.act === 'notice') {
          if (present.endpoint.noticedAt !== null) return apply<Registered>(present);
          webhookEndpointFailing.sendRobust({ ...told, failed: verdict.failed, of: verdict.of }, context);
          return changed(present, { noticedAt: now }, now);
        }
        const { reason, failed, of } = verdict.act === 'gone' ? { reason: 'gone' as const, failed: 1, of: 1 } : { reason: 'failing' as const, failed: verdict.failed, of: verdict.of };
        webhookEndpointDisabled.sendRobust({ ...told, reason, failed, of }, context);
        return disabled(present, reason, now);
      }),
    }]);
    if (settled?.outcome.kind === 'failed') throw settled.outcome.error;
  };
}
