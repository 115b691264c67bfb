/** The ways over the buses: where what is told goes, and how what others tell comes in. Pure. */
import type { BusRule } from '@commerce/bus/bus-rules';
import { CLIENTS, INGEST, LOG, QUEUE } from './plan.ts';
import type { Plan, PlannedEdge } from './plan.ts';

/** Names of the service's own places, as its configuration has them. */
export interface Places {
  /** The bus on which this service publishes; `Kafka` where Kafka is the bus. */
  readonly bus: string;
  /** Name of the queue of the consumer; undefined where Kafka is the bus. */
  readonly queue: string | undefined;
}

/** A rule, and which of the types that are known here it lets through. */
export interface JudgedRule extends BusRule {
  readonly types: readonly string[];
}

/** Rules that are shown; of a bus with more of them the others are left out. */
const MOST_RULES = 24;

export const busId = (name: string): string => `bus:${name}`;
export const ruleId = ({ bus, name }: Pick<BusRule, 'bus' | 'name'>): string => `rule:${bus}/${name}`;
export const targetId = (name: string): string => `target:${name}`;
export const DEAD = 'dead:dead';
export const UNDELIVERED = 'dead:undelivered';

/** `types`: each with the rules that let it through. */
export function judged(rules: readonly BusRule[], types: readonly { readonly type: string; readonly letting: readonly Pick<BusRule, 'bus' | 'name'>[] }[]): JudgedRule[] {
  return rules.slice(0, MOST_RULES).map((rule) => ({ ...rule, types: types.filter(({ letting }) => letting.some((one) => ruleId(one) === ruleId(rule))).map(({ type }) => type) }));
}

export function busEdges({ extensions, foreign, internal }: Plan, { bus, queue }: Places, rules: readonly JudgedRule[]): PlannedEdge[] {
  const published = extensions.flatMap(({ tells }) => tells).filter((type) => !internal.has(type));
  return [
    edge(LOG, busId(bus), { types: published }),
    ...(queue === undefined ? waysWithoutRules(foreign, busId(bus)) : [...rules.flatMap((rule) => ruleEdges(rule, queue)), ...waysIn(foreign, rules, queue), edge(QUEUE, DEAD, { kind: 'dead', origin: 'foreign' })]),
    edge(QUEUE, LOG, { kind: 'all', types: foreign.map(({ type }) => type), origin: 'foreign' }),
  ];
}

/** From the provider of payments to the API side. `taken`, `handedOn`: routes that measure it. */
export function ingestEdges(extension: string, { taken, handedOn }: { readonly taken: readonly string[]; readonly handedOn: readonly string[] }): PlannedEdge[] {
  return [edge('provider', INGEST, { kind: 'request', origin: 'foreign', routes: taken }), edge(INGEST, extension, { kind: 'request', origin: 'foreign', routes: handedOn })];
}

/** Who sends what is taken from outside; what nobody here names comes from clients. */
export const sourceId = (source: string): string => (source === '' ? CLIENTS : `service:${source}`);

function ruleEdges(rule: JudgedRule, queue: string): PlannedEdge[] {
  const origin = rule.targets.includes(queue) ? 'foreign' : 'own';
  return [
    edge(busId(rule.bus), ruleId(rule), { types: rule.types, origin }),
    ...rule.targets.map((target) => edge(ruleId(rule), target === queue ? QUEUE : targetId(target), { types: rule.types, origin })),
    ...(origin === 'foreign' ? [edge(ruleId(rule), UNDELIVERED, { kind: 'dead', origin })] : []),
  ];
}

/** Onto the buses whose rules fill the queue; straight to the queue where the rules are not known. */
function waysIn(foreign: Plan['foreign'], rules: readonly JudgedRule[], queue: string): PlannedEdge[] {
  const filling = rules.filter(({ targets }) => targets.includes(queue));
  return bySource(foreign).flatMap(([source, types]) => {
    const buses = new Set(filling.filter((rule) => rule.types.some((type) => types.includes(type))).map((rule) => rule.bus));
    return buses.size === 0 ? [edge(sourceId(source), QUEUE, { types, origin: 'foreign' })] : [...buses].map((bus) => edge(sourceId(source), busId(bus), { types, origin: 'foreign' }));
  });
}

function waysWithoutRules(foreign: Plan['foreign'], bus: string): PlannedEdge[] {
  return [
    ...bySource(foreign).map(([source, types]) => edge(sourceId(source), bus, { types, origin: 'foreign' })),
    edge(bus, QUEUE, { types: foreign.map(({ type }) => type), origin: 'foreign' }),
  ];
}

function bySource(foreign: Plan['foreign']): [string, string[]][] {
  const sources = new Map<string, string[]>();
  for (const { source, type } of foreign) sources.set(source, [...(sources.get(source) ?? []), type]);
  return [...sources];
}

function edge(from: string, to: string, { kind = 'bus', types = [], origin = 'own', routes = [] }: Partial<PlannedEdge>): PlannedEdge {
  return { from, to, kind, types, origin, runs: [], routes };
}
