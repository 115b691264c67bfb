/**
 * What people ask of the lab of a local stack, and what it tells them: the forms for the API description and for the check of what the
 * lab answers.
 */
import { z } from 'zod';
import { reasonForm } from '../audit.ts';

const KINDS = ['down', 'slow', 'duplicate', 'reorder', 'partial', 'drop', 'stalled', 'unknown'] as const;
const DEPENDENCIES = ['order-fulfillment', 'commerce-coordinator', 'bus', 'queue', 'lms', 'payments', 'issuer', 'database', 'receiver'] as const;
const MAX_SECONDS = 600;

const time = z.iso.datetime();
const seed = z.int().min(0).max(2 ** 32 - 1);
const kind = z.enum(KINDS);
const dependency = z.enum(DEPENDENCIES);

export const dependencyParams = z.strictObject({ dependency });

export const wishForm = z.strictObject({
  kind,
  seconds: z.int().min(1).max(MAX_SECONDS).meta({ description: 'After this time it is mended by itself. Each kind has its own maximum.' }),
  seed: seed.optional().meta({ description: 'Decides every random choice; drawn, and told, when left out.' }),
  latencyMs: z.int().min(1).max(60_000).optional().meta({ description: 'How late, for the kinds that take it.' }),
  share: z.number().gt(0).max(1).optional().meta({ description: 'Of how much, for the kinds that take it: 0.5 is half.' }),
  reason: reasonForm.optional().meta({ description: 'Why; it is written into the audit log.' }),
}).meta({ title: 'LabFault' });

const kindView = z.strictObject({
  kind,
  title: z.string().meta({ description: 'What happens.' }),
  maxSeconds: z.int(),
  latencyMs: z.int().nullable().meta({ description: 'The default; null: it takes none.' }),
  share: z.number().nullable().meta({ description: 'The default; null: it takes none.' }),
});

export const faultsView = z.strictObject({
  now: time,
  dependencies: z.array(z.strictObject({
    dependency,
    title: z.string(),
    unavailable: z.string().nullable().meta({ description: 'Why it cannot be broken in this stack; null: it can.' }),
    kinds: z.array(kindView),
    active: z.strictObject({ kind, seed, beganAt: time, endsAt: time, latencyMs: z.int().nullable(), share: z.number().nullable() }).nullable().meta({ description: 'How it is broken now.' }),
  })),
}).meta({ title: 'LabFaults' });

export const outcomeView = z.strictObject({
  state: z.enum(['never', 'broken', 'recovering', 'settled']).meta({ description: 'settled: nothing is broken, and no order of that time waits any more.' }),
  since: time.nullable().meta({ description: 'Begin of the first break of this run: a run begins when something is broken while nothing else is.' }),
  until: time.nullable().meta({ description: 'End of its last break; null while something is broken.' }),
  breaks: z.array(z.strictObject({ dependency, kind, seed, beganAt: time, endedAt: time.nullable() })),
  orders: z.strictObject({
    touched: z.int().meta({ description: 'Orders that were under way at some time of it.' }),
    waited: z.int().meta({ description: 'Of them, those that were under way for more than 3 s.' }),
    recovered: z.int().meta({ description: 'Of those that waited, those that are at their end.' }),
    waiting: z.int().meta({ description: 'Of those that were touched, those that are not at their end.' }),
    lost: z.int().meta({ description: 'Accepted and neither at their end nor due; unknown though accepted; completed and not in the books of who delivered.' }),
    doubled: z.int().meta({ description: 'With more than one standing entry in the books of a provider.' }),
  }),
  waiting: z.array(z.strictObject({ orderId: z.string(), orderNumber: z.int(), status: z.string(), waitsFor: z.string().nullable(), nextStep: z.string().nullable() })).meta({ description: 'At most 20.' }),
  lost: z.array(z.strictObject({ orderId: z.string(), orderNumber: z.int().nullable(), why: z.string() })),
  doubled: z.array(z.strictObject({ orderId: z.string(), orderNumber: z.int(), what: z.string() })),
  unread: z.array(z.string()).meta({ description: 'What could not be asked just now.' }),
  isCut: z.boolean().meta({ description: 'There are more orders than are looked at, 10,000.' }),
  judgedAt: time.nullable(),
  text: z.string().meta({ description: 'The same in one line.', example: '3 of 3 recovered, 0 lost, 0 doubled' }),
}).meta({ title: 'LabOutcome' });
