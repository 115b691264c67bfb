/** What the verification of the log may answer with, beside the problems that all routes share. */
import { defineProblems } from '@commerce/service-kit/problems';

export const verificationProblems = defineProblems({
  verification_running: {
    status: 409,
    title: 'The log is being verified already',
    help: 'A process verifies its log for one at a time, for it reads all of it. Wait until the other one has ended, or run the audit:verify program over the database.',
    retryable: true,
  },
});
