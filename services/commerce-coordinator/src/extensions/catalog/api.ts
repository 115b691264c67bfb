/** What the routes of users and products share. */
import type { Cursors } from '@commerce/service-kit/cursors';
import { Problem } from '@commerce/service-kit/problems';
import type { Pool } from 'pg';
import type { RunCommand } from '../../commands.ts';
import { versionProblem } from '../../requests.http.ts';
import type { CatalogRow } from './catalog.pg.ts';
import { CatalogRefused, catalogProblems } from './problems.ts';

export interface CatalogApi {
  readonly pool: Pool;
  readonly cursors: Cursors;
  readonly run: RunCommand<CatalogRow>;
}

/** Turns what a decision refuses into problems. */
export function refused(error: unknown): never {
  if (error instanceof CatalogRefused) throw new Problem(catalogProblems[error.code]);
  throw versionProblem(error);
}
