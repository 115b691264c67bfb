/** What the ingest counts, for alarms and whoever looks: webhooks by what became of them, and how the way to the API side stands. */
import type { Figure } from '@commerce/service-kit/metrics';
import type { BreakerState } from './circuit-breaker.ts';
import type { Sent } from './client.ts';
import { ErrServiceUnavailable } from './errors.ts';
import type { UpdateError } from './errors.ts';

const OUTCOMES = ['accepted', 'stale', 'ignored', 'duplicate', 'order_unknown', 'status_invalid', 'unavailable', 'too_slow'] as const;
export type WebhookOutcome = (typeof OUTCOMES)[number];

const STATES = ['Closed', 'Half-Open', 'Open'] as const satisfies readonly BreakerState[];

export interface IngestFigures {
  answered(outcome: WebhookOutcome): void;
  circuit(state: BreakerState): void;
  readonly source: () => Figure[];
}

export function ingestFigures(): IngestFigures {
  const counts = new Map<WebhookOutcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
  let state: BreakerState = 'Closed';
  let opened = 0;
  return {
    answered: (outcome) => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1),
    circuit(next) {
      if (next === 'Open') opened += 1;
      state = next;
    },
    source: () => [
      { kind: 'counter', name: 'commerce_ingest_webhooks_total', help: 'Webhooks of payment providers that were signed and read, by what their provider was answered.', samples: [...counts].map(([outcome, value]) => ({ labels: { outcome }, value })) },
      { kind: 'gauge', name: 'commerce_ingest_circuit', help: 'How the circuit breaker to the API side stands: 1 for its state.', samples: STATES.map((one) => ({ labels: { state: one }, value: one === state ? 1 : 0 })) },
      { kind: 'counter', name: 'commerce_ingest_circuit_opened_total', help: 'Times that the circuit to the API side was opened, failed probes counted.', samples: [{ labels: {}, value: opened }] },
    ],
  };
}

const NAMES = { ErrConflict: 'duplicate', ErrNotFound: 'order_unknown', ErrInvalidStatus: 'status_invalid' } as const;

export function outcomeName(outcome: Sent | 'ignored' | UpdateError): WebhookOutcome {
  if (typeof outcome === 'string') return outcome;
  if (outcome instanceof ErrServiceUnavailable) return outcome.timedOut ? 'too_slow' : 'unavailable';
  return NAMES[outcome.name];
}
