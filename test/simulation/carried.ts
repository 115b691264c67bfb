/**
 * What each bus carries, by the contract as its file says it: nothing of the code that decides what is published is asked. Whoever changes
 * that has the contract made anew, and what changed of it is held against what others were built against.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StoredEvent } from '@commerce/event-log/event';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT, OUTCOME_EVENT_TYPES } from '@commerce/infra/names';

interface Contract {
  readonly channels: Readonly<Record<string, { readonly messages: object; readonly 'x-eventbridge'?: { readonly bus: string } }>>;
}

const { channels } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../docs/contract/asyncapi.json'), 'utf8')) as Contract;

function typesOn(bus: string): string[] {
  const found = Object.values(channels).filter((channel) => channel['x-eventbridge']?.bus === bus).flatMap(({ messages }) => Object.keys(messages));
  if (found.length === 0) throw new Error(`The contract has no bus ${bus}.`);
  return found.map((name) => name.replace(/\.v\d+$/, ''));
}

/** Types by the service that may tell them. Outcomes that no event has told and comparing has found are told by Commerce Coordinator too; the contract has them where they are told first. */
export const CARRIED: Readonly<Record<'cc' | 'of', ReadonlySet<string>>> = {
  cc: new Set([...typesOn(COMMERCE_COORDINATOR.bus), ...OUTCOME_EVENT_TYPES]),
  of: new Set(typesOn(ORDER_FULFILLMENT.bus)),
};

/** What is wrong with what the bus of a service has taken of its log, in words. `taken`: ids of events. */
export function misCarried(service: 'cc' | 'of', events: readonly StoredEvent[], taken: ReadonlyMap<string, number>): string[] {
  const isToTell = ({ origin, type }: StoredEvent): boolean => origin === 'own' && CARRIED[service].has(type);
  const missing = events.filter((event) => isToTell(event) && !taken.has(event.eventId));
  const untold = events.filter((event) => !isToTell(event) && taken.has(event.eventId));
  return [
    ...untold.slice(0, 1).map(({ type }) => `bus: ${service} has published ${type}, which is not its to tell`),
    ...missing.slice(0, 1).map(({ type }) => `bus: ${missing.length} events of ${service} never reached it, such as ${type}`),
  ];
}
