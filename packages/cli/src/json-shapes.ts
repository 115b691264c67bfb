/**
 * What --json prints, command by command. Most print what a route of the API has answered, unchanged: its shape is in the contract
 * (`/openapi.json`), and may only grow. The others have a shape of their own, which may only grow, too.
 */
export type JsonShape = {
  /** The route whose answer it is, as the contract writes it: `GET /orders/{orderId}`. */
  readonly answerOf: string;
  readonly at?: 'of';
  /** A list of which further pages were read on. */
  readonly isPaged?: true;
} | { readonly own: string };

const cc = (answerOf: string): JsonShape => ({ answerOf });
const list = (answerOf: string): JsonShape => ({ answerOf, isPaged: true });
const of = (answerOf: string): JsonShape => ({ answerOf, at: 'of' });
const ofList = (answerOf: string): JsonShape => ({ answerOf, at: 'of', isPaged: true });

export const JSON_SHAPES: Readonly<Record<string, JsonShape>> = {
  analytics: cc('GET /api/analytics'),
  'archive replays start': cc('POST /archive-replays'),
  'archive replays watch': cc('GET /archive-replays/{name}'),
  'archive replays show': cc('GET /archive-replays/{name}'),
  'archive replays stop': cc('POST /archive-replays/{name}/stop'),
  'archive replays list': list('GET /archive-replays'),
  'audit list': list('GET /api/audit'),
  'audit verify': { own: '{ seals, events, gone, unsealed, unprovable, heads, findings, found: [{ kind, seal, eventId, position, differs, text }] }' },
  'catalog list': cc('GET /api/catalog'),
  'catalog show': cc('GET /api/catalog/{type}'),
  'catalog schema': cc('GET /api/catalog/{type}/versions/{version}/schema'),
  'clients list': ofList('GET /v1/clients'),
  'clients show': of('GET /v1/clients/{clientId}'),
  'clients add': of('POST /v1/clients'),
  'clients update': of('PATCH /v1/clients/{clientId}'),
  'clients remove': { own: '{ removed: client id }' },
  'clients keys add': of('POST /v1/clients/{clientId}/keys'),
  'clients keys end': of('PATCH /v1/clients/{clientId}/keys/{keyid}'),
  'clients keys remove': { own: '{ removed: key id }' },
  conformance: { own: 'the report of the kit, as text; its own --json FILE writes it as JSON' },
  'dlq counts': cc('GET /dead-letters/counts'),
  'dlq list': list('GET /dead-letters'),
  'dlq show': cc('GET /dead-letters/{letterId}'),
  'dlq redrive': cc('GET /dead-letter-runs/{runId}'),
  'dlq discard': cc('GET /dead-letter-runs/{runId}'),
  'dlq runs': list('GET /dead-letter-runs'),
  'dlq run': cc('GET /dead-letter-runs/{runId}'),
  'dlq stop': cc('POST /dead-letter-runs/{runId}/stop'),
  doctor: { own: '{ verdict: ok | warn | fail, findings: [{ level: ok | warn | fail, check, about, found, means, mend }] }; means and mend are null where all is well' },
  'events history': cc('GET /api/events/history'),
  'events tail': { own: 'one line for each event: the event as history lists it, with its name; { name, eventId, eventType, recordedAt, subject, data, … }' },
  'events tree': { own: 'of an event the answer of GET /api/events/{eventId}, of an order the pages of GET /orders/{orderId}/timeline as { items, nextCursor }' },
  'events show': cc('GET /api/events/{eventId}'),
  'events replay start': cc('GET /api/replays/{replayId}'),
  'events replay run': cc('GET /api/replays/{replayId}'),
  'events replay show': cc('GET /api/replays/{replayId}'),
  'events replay watch': cc('GET /api/replays/{replayId}'),
  'events replay list': list('GET /api/replays'),
  'events replay differences': list('GET /api/replays/{replayId}/differences'),
  'events replay stop': cc('POST /api/replays/{replayId}/stop'),
  'events replay resume': cc('POST /api/replays/{replayId}/resume'),
  'events replay drop-kept': cc('POST /api/replays/{replayId}/drop-kept'),
  'fulfillments list': ofList('GET /v1/fulfillments'),
  'fulfillments show': of('GET /v1/fulfillments/{fulfillmentId}'),
  'fulfillments cancel': of('POST /v1/fulfillments/{fulfillmentId}/cancel'),
  'fulfillments revoke': of('POST /v1/fulfillments/{fulfillmentId}/revoke'),
  'fulfillments hold': of('POST /v1/fulfillments/{fulfillmentId}/hold'),
  'fulfillments release': of('POST /v1/fulfillments/{fulfillmentId}/release'),
  listen: { own: 'one line for each attempt: { at, eventId, event, subject, attempt, status, error, durationMs }, and test: true for what trigger has sent' },
  'order place': { own: 'the answer of POST /orders; with --watch as one line, and then the lines of "order watch"' },
  'order why': cc('GET /orders/{orderId}/care'),
  'order watch': { own: 'one line for each event: of what has been an item of GET /orders/{orderId}/timeline, of what comes the event as history lists it' },
  'order list': list('GET /orders'),
  'order show': cc('GET /orders/{orderId}'),
  'order timeline': { own: '{ orderId, orderNumber, status, items, nextCursor }, with the items of GET /orders/{orderId}/timeline' },
  'order care': list('GET /orders/care'),
  'order export': { own: '{ exportedAt, service, order, timeline, events }: the answer of GET /orders/{orderId}, the items of its timeline, its events of GET /api/events/history, oldest first' },
  'order retry': cc('POST /orders/{orderId}/retry'),
  'order re-request': cc('POST /orders/{orderId}/re-request'),
  'order revoke': cc('POST /orders/{orderId}/revoke'),
  'order refund': cc('POST /orders/{orderId}/refund'),
  'order cancel': cc('POST /orders/{orderId}/cancel'),
  reconciliation: cc('GET /reconciliation'),
  signals: { own: '{ since, signals, handlers }, those of GET /api/flow that are wanted' },
  trigger: { own: 'the answer of POST /api/events/test, with --tell that of POST /api/events' },
  'webhooks register': cc('POST /api/webhooks/register'),
  'webhooks list': list('GET /api/webhooks'),
  'webhooks show': cc('GET /api/webhooks/{id}'),
  'webhooks update': cc('PATCH /api/webhooks/{id}'),
  'webhooks remove': cc('DELETE /api/webhooks/{id}'),
  'webhooks rotate': cc('POST /api/webhooks/{id}/rotate'),
  'webhooks test': cc('POST /api/webhooks/{id}/test'),
  'webhooks enable': cc('POST /api/webhooks/{id}/enable'),
  'webhooks disable': cc('POST /api/webhooks/{id}/disable'),
  'webhooks deliveries': { own: 'the pages of GET /api/webhooks/{id}/deliveries as { items, nextCursor }; of one delivery the answer of GET /api/webhooks/{id}/deliveries/{deliveryId}' },
  'webhooks dead': list('GET /api/webhooks/dead-deliveries'),
  'webhooks retry': cc('POST /api/webhooks/{id}/deliveries/{deliveryId}/retry'),
  'webhooks recover': { own: 'the answer of POST /api/webhooks/{id}/recover, without an id that of POST /api/webhooks/recover' },
  'webhooks stats': cc('GET /api/webhooks/stats'),
};

export function shapeText(shape: JsonShape): string {
  if ('own' in shape) return shape.own;
  const where = shape.at === 'of' ? ' of Order Fulfillment' : '';
  return shape.isPaged === true ? `{ items, nextCursor }, the pages of ${shape.answerOf}${where} in one` : `the answer of ${shape.answerOf}${where}`;
}

/** The routes that the commands call, as far as their answers are printed: what a service must have for this tool. Those of an archive are there on EventBridge only. */
export function routesOf(service: 'cc' | 'of'): string[] {
  return [...new Set(Object.values(JSON_SHAPES).flatMap((shape) => ('answerOf' in shape && (shape.at ?? 'cc') === service && !shape.answerOf.includes('/archive-replays') ? [shape.answerOf] : [])))];
}
