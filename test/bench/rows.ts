/** The rows of the table, in its order. */
import { CONSUME } from './consume/row.ts';
import { GROWTH } from './growth/row.ts';
import type { Row } from './harness/row.ts';
import { FLOW, INTAKE } from './orders/rows.ts';
import { PATTERNS } from './patterns-row.ts';
import { COMMIT_TO_BUS, ENQUEUE, PUBLISH } from './publish/rows.ts';
import { SIGNALS } from './signals/row.ts';
import { WEBHOOKS } from './webhooks/row.ts';

export const ROWS: readonly Row[] = [CONSUME, PUBLISH, ENQUEUE, COMMIT_TO_BUS, INTAKE, FLOW, WEBHOOKS, SIGNALS, PATTERNS, GROWTH];
