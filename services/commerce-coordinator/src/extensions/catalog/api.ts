/** What the routes of users and products share. */
import type { Cursors } from '@commerce/service-kit/cursors';
import { Problem } from '@commerce/service-kit/problems';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { RunCommand } from '../../commands.ts';
import type { CheckCustomerId } from '../../customer-ids.ts';
import { reasonForm } from '../../audit.ts';
import { versionProblem } from '../../requests.http.ts';
import type { CatalogRow } from './catalog.pg.ts';
import { CatalogRefused, catalogProblems } from './problems.ts';

/** Why the catalogue is changed, for the record of the act. */
export const why = { reason: reasonForm.optional().meta({ description: 'Why, for the record of who changed what.' }) };
/** The body of an act that needs nothing else. */
export const whyForm = z.strictObject(why).nullish();

export interface CatalogApi {
  readonly pool: Pool;
  readonly cursors: Cursors;
  readonly run: RunCommand<CatalogRow>;
  readonly checkId: CheckCustomerId;
}

/** Turns what a decision refuses into problems. */
export function refused(error: unknown): never {
  if (error instanceof CatalogRefused) throw new Problem(catalogProblems[error.code]);
  throw versionProblem(error);
}
