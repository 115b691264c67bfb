/** What the routes of analytics may be answered beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';
import { MAX_WINDOWS } from './figures.ts';

export const analyticsProblems = defineProblems({
  analytics_range_invalid: {
    status: 400,
    title: 'The range of time cannot be used',
    help: `from must be before to, and at most ${MAX_WINDOWS} windows lie between them: take a longer window, or a shorter range.`,
  },
});
