/** Every problem that this service may answer with, beside those that all services share. */
import { auditProblems } from '@commerce/audit/problems';
import { deadLetterProblems } from '@commerce/dead-letters/problems';
import type { ProblemCatalogue } from '@commerce/service-kit/problems';
import { problems as ownProblems } from './problems.ts';

export const PROBLEM_CATALOGUES: readonly ProblemCatalogue[] = [ownProblems, auditProblems, deadLetterProblems];

export const problems: ProblemCatalogue = Object.assign({}, ...PROBLEM_CATALOGUES) as ProblemCatalogue;
