/**
 * Who hears what at Order Fulfillment, for the catalogue of Commerce Coordinator, which may not import the other service: a file that
 * `pnpm write-docs` makes from its map. A test holds the file equal to what this makes.
 */
import { createFulfillments } from '@commerce/order-fulfillment/fulfillments';
import { SIGNALS, UNHEARD } from '@commerce/order-fulfillment/signals';

/** From the root of the workspace. */
export const FULFILLING_READERS = 'services/commerce-coordinator/src/event-catalogue/fulfilling-readers.ts';

/** The text of the file. */
export function fulfillingReaders(): string {
  // Nothing of it is run: only the names of its effects are asked for.
  const { effects = {} } = createFulfillments({} as Parameters<typeof createFulfillments>[0]);
  const readers = Object.entries(SIGNALS).map(([type, handlers]) => `  ${type}: [${handlers.map((handler) => `{ handler: '${handler}', kind: '${Object.hasOwn(effects, handler) ? 'effect' : 'transactional'}' }`).join(', ')}],`);
  const unheard = Object.entries(UNHEARD).map(([type, reason]) => `  ${type}: '${reason}',`);
  return [
    `/** Who hears what at Order Fulfillment. Made from services/order-fulfillment/signals.config.ts by \`pnpm write-docs\`; not edited. */`,
    'export const FULFILLING_READERS: Readonly<Record<string, readonly { readonly handler: string; readonly kind: string }[]>> = {', ...readers, '};', '',
    '/** What neither service hears, though Order Fulfillment tells it, with why. */',
    'export const FULFILLING_UNHEARD: Readonly<Record<string, string>> = {', ...unheard, '};', '',
  ].join('\n');
}
