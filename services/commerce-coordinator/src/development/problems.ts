/** What the routes of development may answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const labProblems = defineProblems({
  lab_fault_refused: { status: 422, title: 'The part cannot be broken like this', help: 'The detail says why. GET /development/lab/faults lists every part with the ways in which it can be broken, and for how long.' },
  lab_unavailable: { status: 503, title: 'The lab does not answer', help: 'The lab lives in the process of `npx --yes pnpm@12.21.0 dev`: look there whether it runs. A part that is away may also not take its end yet.', retryable: true },
});
