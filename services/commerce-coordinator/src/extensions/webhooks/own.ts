/** What the parts of webhooks share in one process. */
import type { EventLog } from '@commerce/event-log/log';
import type { RecordSpan } from '@commerce/event-log/trace';
import type { Pool } from 'pg';
import type { Offered } from '../../offered.ts';
import type { AddressGuard } from './address-guard/address-guard.http.ts';
import type { Dispatcher } from './delivery/dispatcher.ts';
import type { Registry } from './delivery/registry.ts';
import type { Sender } from './delivery/sender.http.ts';
import type { SecretsBox } from './secrets.ts';

export interface WebhookSettings {
  /** For endpoints that name none. */
  readonly timeoutMs: number;
  readonly retryDelayMs: number;
  /** All attempts of a delivery that an endpoint may ask for. */
  readonly maxRetries: number;
  /** What comes in is signed with one of them. */
  readonly inboundSecrets: readonly string[];
}

export interface WebhooksOwn {
  readonly settings: WebhookSettings;
  /** One for registration, test and delivery. */
  readonly guard: AddressGuard;
  /** Seals and opens the secrets of endpoints. */
  readonly secrets: SecretsBox;
  /** The endpoints as this process knows them. */
  readonly registry: Registry;
  /** One attempt, signed and guarded: also that of the test of an endpoint. */
  readonly sender: Sender;
  readonly db: Pool;
  readonly log: Pick<EventLog, 'catalogue' | 'clear'>;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Undefined where nothing is traced. */
  readonly recordSpan?: RecordSpan | undefined;
  /** In the role readers alone. */
  readonly dispatcher: Dispatcher | undefined;
}

export type WebhooksResources = Pick<Offered, 'log' | 'pool' | 'ports' | 'nowMs' | 'cursors' | 'logger'> & { readonly webhooks: WebhooksOwn };
