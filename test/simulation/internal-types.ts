/** Types of events that Commerce Coordinator keeps for itself: no bus and no webhook tells them. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import type { ExtensionDefinition } from '@commerce/signals/extension';

export const INTERNAL_TYPES: ReadonlySet<string> = new Set((EXTENSIONS as readonly ExtensionDefinition[]).flatMap(({ signals }) => signals.filter(({ internal }) => internal).map(({ entry }) => entry.type)));
