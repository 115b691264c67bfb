/**
 * Delivers at once: what is fulfilled is a row in this service's own database, written with the acceptance. A download, a
 * licence, a credit. There is nothing to wait for and nothing that could be refused; taking it back is a mark in that row.
 */
import type { LocalProvider } from './provider.ts';

export const instant: LocalProvider = { name: 'instant', place: 'local', atOnce: true, ask: () => ({ kind: 'fulfilled' }), revoke: () => ({ kind: 'revoked' }) };
