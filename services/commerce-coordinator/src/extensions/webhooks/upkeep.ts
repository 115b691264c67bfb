/** What is done for registrations without being asked each time: moves that are under way, and secrets under the newest key. */
import type { ScheduledJob } from '@commerce/signals/extension';
import { readSealedByOthers, replaceSealed } from './endpoints.pg.ts';
import { forgetOldRuns, performSomeRun } from './operating.pg.ts';
import { forgetOldReceived } from './receiving.pg.ts';
import type { WebhooksOwn } from './own.ts';

const CHUNK = 200;

/** Seals secrets anew that another key has sealed, so that the key before can be left out some day. True when there may be more. */
export async function sealAnew({ db, secrets }: Pick<WebhooksOwn, 'db' | 'secrets'>): Promise<boolean> {
  const found = await readSealedByOthers(db, secrets.newestKeyName, CHUNK);
  for (const { endpointId, secrets: before } of found) await replaceSealed(db, endpointId, before, secrets.seal(secrets.open(before, endpointId), endpointId));
  return found.length === CHUNK;
}

export const REGISTRATION_JOBS: readonly ScheduledJob<WebhooksOwn>[] = [
  // A request performs what it asks for: here it goes on with what is left.
  { name: 'webhooks.move', everyMs: () => 15_000, run: ({ db }) => performSomeRun(db) },
  { name: 'webhooks.seal_anew', everyMs: () => 60_000, run: (own) => sealAnew(own) },
  { name: 'webhooks.forget_moves', everyMs: () => 3_600_000, run: ({ db }) => forgetOldRuns(db) },
  { name: 'webhooks.forget_received', everyMs: () => 3_600_000, run: ({ db }) => forgetOldReceived(db, CHUNK) },
];
