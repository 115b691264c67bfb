/** What the routes over acts and seals may answer with, beside the problems that all routes share. */
import { defineProblems } from '@commerce/service-kit/problems';

export const auditProblems = defineProblems({
  verification_running: {
    status: 409,
    title: 'The log is being verified already',
    help: 'A process verifies its log for one at a time, for it reads all of it. Wait until the other one has ended, or run the audit:verify program over the database.',
    retryable: true,
  },
  heads_of_another_log: {
    status: 422,
    title: 'These are heads of another log',
    help: 'Each service has a log of its own, which its heads name as "log". Send those that were kept of this one.',
  },
});
