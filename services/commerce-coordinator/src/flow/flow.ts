/** The whole flow as data: the plan, with what was measured of it. Pure. */
import type { Facts } from './facts.ts';
import { WINDOW_SECONDS } from './facts.ts';
import { eventsOf, lastOf, measuredEdge, measuredHandler, perSecond } from './measured.ts';
import { nodesOf } from './nodes.ts';
import { extensionId, ingestRoutes } from './plan.ts';
import type { Plan } from './plan.ts';
import type { FlowView } from './views.ts';
import { busEdges, ingestEdges } from './ways.ts';
import type { JudgedRule, Places } from './ways.ts';

export interface FlowOptions {
  readonly plan: Plan;
  readonly places: Places;
  /** `OrderCreated` → `order.created`. */
  readonly nameOf: (type: string) => string;
}

/** `rules`: those on the buses, each with the types that it lets through. */
export function flowOf({ plan, places, nameOf }: FlowOptions, rules: readonly JudgedRule[], facts: Facts): FlowView {
  const hasProvider = plan.extensions.some(({ outside }) => outside?.id === 'provider');
  const planned = [...plan.edges, ...busEdges(plan, places, rules), ...(hasProvider ? ingestEdges(extensionId('payments'), ingestRoutes(Object.keys(facts.lately.requests))) : [])];
  const edges = planned.map((edge) => measuredEdge(edge, facts));
  return {
    at: new Date(facts.nowMs).toISOString(), windowSeconds: WINDOW_SECONDS, since: facts.told.since?.toISOString() ?? null, missing: [...facts.missing],
    nodes: nodesOf(plan, places, rules, edges, facts), edges,
    signals: plan.signals.map(({ signal, from, fromOutside, handlers, unheard }) => ({
      signal, name: nameOf(signal), visibility: plan.internal.has(signal) ? 'internal' : 'published', from: [...from], fromOutside: fromOutside.map(({ source }) => ({ source })),
      heardBy: handlers.map(({ handler }) => handler), unheard: unheard ?? null, perSecond: perSecond(eventsOf(facts, [signal], 'any')), lastAt: lastOf(facts, [signal]),
    })),
    handlers: plan.extensions.flatMap(({ handlers }) => handlers.map((handler) => measuredHandler(handler, facts))),
  };
}
