/** What is done for registrations without being asked each time: moves that are under way, and secrets under the newest key. */
import { sealAnew as sealRowsAnew } from '@commerce/service-kit/seal-anew';
import type { ScheduledJob } from '@commerce/signals/extension';
import { readSealedByOthers, replaceSealed } from './endpoints.pg.ts';
import type { SealedSecrets } from './endpoints.pg.ts';
import { forgetOldRuns, performSomeRun } from './operating.pg.ts';
import { forgetOldReceived } from './receiving.pg.ts';
import type { WebhooksOwn } from './own.ts';

const CHUNK = 200;

/** Seals secrets anew that another key has sealed, so that the key before can be left out some day. Throws, when the others are sealed anew, for those that open under no key. */
export async function sealAnew({ db, secrets }: Pick<WebhooksOwn, 'db' | 'secrets'>, signal?: AbortSignal): Promise<void> {
  await sealRowsAnew<SealedSecrets>({
    what: 'webhooks', variable: 'WEBHOOK_SECRETS_KEY',
    read: (after) => readSealedByOthers(db, secrets.newestKeyName, after, CHUNK),
    idOf: ({ endpointId }) => endpointId,
    reseal: ({ endpointId, secrets: before }) => secrets.seal(secrets.open(before, endpointId), endpointId),
    replace: (resealed) => replaceSealed(db, resealed),
  }, signal);
}

export const REGISTRATION_JOBS: readonly ScheduledJob<WebhooksOwn>[] = [
  // A request performs what it asks for: here it goes on with what is left.
  { name: 'webhooks.move', everyMs: () => 15_000, run: ({ db }) => performSomeRun(db) },
  { name: 'webhooks.seal_anew', everyMs: () => 60_000, run: (own, signal) => sealAnew(own, signal).then(() => false) },
  { name: 'webhooks.forget_moves', everyMs: () => 3_600_000, run: ({ db }) => forgetOldRuns(db) },
  { name: 'webhooks.forget_received', everyMs: () => 3_600_000, run: ({ db }) => forgetOldReceived(db, CHUNK) },
];
