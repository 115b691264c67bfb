/** Every problem that this service may answer with, beside those that all services share. */
import { auditProblems } from '@commerce/audit/problems';
import { deadLetterProblems } from '@commerce/dead-letters/problems';
import type { ProblemCatalogue } from '@commerce/service-kit/problems';
import { EXTENSIONS } from '../extensions.config.ts';
import { labProblems } from './development/problems.ts';
import { historyProblems } from './event-history/history-problems.ts';
import { archiveReplayProblems } from './archive-replays/problems.ts';
import { dashboardProblems } from './dashboard/problems.ts';
import { eventCatalogueProblems } from './event-catalogue/problems.ts';
import { ingestProblems } from './ingest/problems.ts';
import { monitoringProblems } from './monitoring/problems.ts';
import { problems as ownProblems } from './problems.ts';
import { replayProblems } from './replays/problems.ts';
import { requestProblems } from './requests.http.ts';
import { updateProblems } from './updates/problems.ts';
import type { ExtensionDefinition } from '@commerce/signals/extension';

/** One catalogue for the service, and one of each extension that has its own. */
export const PROBLEM_CATALOGUES: readonly ProblemCatalogue[] = [
  ownProblems, auditProblems, requestProblems, eventCatalogueProblems, archiveReplayProblems, replayProblems, deadLetterProblems, historyProblems, monitoringProblems, ingestProblems, updateProblems, labProblems, dashboardProblems, ...(EXTENSIONS as readonly ExtensionDefinition[]).flatMap(({ problems }) => (problems === undefined ? [] : [problems as ProblemCatalogue])),
];

export const problems: ProblemCatalogue = Object.assign({}, ...PROBLEM_CATALOGUES) as ProblemCatalogue;
