/** Who publishes which event, and under which `source`: the extensions of Commerce Coordinator, and Order Fulfillment. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import type { ExtensionDefinition } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { FULFILLING_ENTRIES } from '@commerce/events/entries';

interface Speaker {
  /** The service that publishes it, on the bus of the same name. */
  readonly service: 'commerce-coordinator' | 'order-fulfillment';
  readonly types: readonly string[];
}

/** What it publishes of its own; what Order Fulfillment tells too is told by it. */
function ownTypes(signals: ExtensionDefinition['signals']): string[] {
  return signals.flatMap(({ entry: { type }, internal }) => (internal || OUTCOMES.has(type) ? [] : [type]));
}

const OUTCOMES = new Set(MAP.foreign.map(({ type }) => type));

/** By `source`. */
export const SPEAKERS: Readonly<Record<string, Speaker>> = {
  ...Object.fromEntries((EXTENSIONS as readonly ExtensionDefinition[]).map(({ source, signals }): [string, Speaker] => [source, { service: 'commerce-coordinator', types: ownTypes(signals) }])),
  'order-fulfillment': {
    service: 'order-fulfillment',
    types: FULFILLING_ENTRIES.map(({ type }) => type),
  },
};

/** Throws when nobody is known to publish this type. */
export function sourceOf(type: string): string {
  const found = Object.entries(SPEAKERS).find(([, { types }]) => types.includes(type));
  if (found === undefined) throw new Error(`Nobody is known to publish ${type}: add it to SPEAKERS in test/contract/speakers.ts.`);
  return found[0];
}

/** The service whose bus carries this type. */
export function serviceOf(type: string): Speaker['service'] {
  return (SPEAKERS[sourceOf(type)] as Speaker).service;
}
