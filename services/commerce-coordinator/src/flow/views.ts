/** What the API shows of the flow. */
import { z } from 'zod';

const rate = z.number().min(0).meta({ description: 'A second, over the window.' });
const p95Ms = z.number().min(0).nullable().meta({ description: 'Time below which 95 of 100 ended, out of a histogram; what took more than 10 s counts as 10 s. Null when nothing ended.' });
const errorShare = z.number().min(0).max(1).nullable().meta({ description: 'Share of what ended that failed. Null when nothing ended.' });
const time = z.iso.datetime();
const count = z.int().min(0);

const nodeView = z.strictObject({
  id: z.string().meta({ example: 'extension:orders' }),
  kind: z.enum(['clients', 'provider', 'ingest', 'extension', 'log', 'bus', 'rule', 'queue', 'dead-letters', 'service', 'webhooks', 'mail']),
  title: z.string(), text: z.string(),
  state: z.enum(['ok', 'quiet', 'unused', 'warn', 'bad', 'unknown']).meta({ description: 'quiet: nothing in the window. unused: nothing since the log keeps events. unknown: it cannot be asked from here.' }),
  why: z.string().nullable().meta({ description: 'A sentence where it does not stand well, is unused or unknown.' }),
  perSecond: rate.nullable(),
  depth: count.nullable().meta({ description: 'What waits there: jobs of handlers, messages, deliveries.' }),
  lagSeconds: z.number().min(0).nullable(), dead: count.nullable().meta({ description: 'What was given up or refused there.' }),
  handlers: count.nullable().meta({ description: 'Handlers of an extension; endpoints of webhooks.' }),
}).meta({ title: 'FlowNode' });
export type NodeView = z.infer<typeof nodeView>;

const edgeView = z.strictObject({
  id: z.string(), from: z.string().meta({ description: 'Id of a node.' }), to: z.string(),
  kind: z.enum(['request', 'signal', 'all', 'call', 'bus', 'dead']).meta({
    description: 'request: HTTP to this service. signal: told by one extension and heard by another. all: everything that is told. call: from the effects of an extension to the outside. bus: over a bus. dead: what could not be taken.',
  }),
  types: z.array(z.string()).meta({ description: 'Types of events that take this way.' }),
  perSecond: rate.nullable(), p95Ms, errorShare,
  isUsed: z.boolean().nullable().meta({ description: 'Whether anything of it stands in the log. Null where that cannot be said.' }),
}).meta({ title: 'FlowEdge' });
export type EdgeView = z.infer<typeof edgeView>;

const signalView = z.strictObject({
  signal: z.string().meta({ example: 'OrderCreated' }), name: z.string().meta({ example: 'order.created' }), visibility: z.enum(['published', 'internal']),
  from: z.array(z.string()).meta({ description: 'Extensions that declare it.' }), fromOutside: z.array(z.strictObject({ source: z.string() })),
  heardBy: z.array(z.string()).meta({ description: 'Handlers that the map connects.' }), unheard: z.string().nullable().meta({ description: 'Why nobody hears it, when that is meant.' }),
  perSecond: rate, lastAt: time.nullable().meta({ description: 'When it was told last; null when it was never told since the log keeps events.' }),
}).meta({ title: 'FlowSignal' });

const handlerView = z.strictObject({
  handler: z.string().meta({ example: 'inventory.reserve' }), extension: z.string(), kind: z.string(),
  hears: z.array(z.string()), filtered: z.array(z.string()).meta({ description: 'Of them, those that a filter of the map narrows.' }),
  watches: z.boolean().meta({ description: 'Hears all that it declares, and nothing of the flow follows from it.' }),
  perSecond: rate.meta({ description: 'Runs that ended, over all processes.' }), p95Ms, errorShare, waiting: count, dead: count, oldestDueSeconds: count,
  lastAt: time.nullable().meta({ description: 'When it ran last, up to half a minute too early: an event that a filter keeps from it is no run. Null when it never ran.' }),
}).meta({ title: 'FlowHandler' });
export type HandlerView = z.infer<typeof handlerView>;

export const flowView = z.strictObject({
  at: time.meta({ description: 'When it was looked at; an answer may be two seconds old, and what waits and lags was counted up to two seconds before.' }),
  windowSeconds: z.int().meta({ description: 'Rates, times and shares are of the last so many seconds.' }),
  since: time.nullable().meta({ description: 'Since when the log keeps events: what is said to be unused was not used since then. Null of an empty log.' }),
  missing: z.array(z.string()).meta({ description: 'What could not be asked, a sentence each.' }),
  nodes: z.array(nodeView), edges: z.array(edgeView), signals: z.array(signalView), handlers: z.array(handlerView),
}).meta({ title: 'Flow' });
export type FlowView = z.infer<typeof flowView>;
