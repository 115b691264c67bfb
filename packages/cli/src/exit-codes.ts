/** How the tool ends. What a code means stands here alone: `--help`, docs/cli.md and the tests read it. */
export const EXIT = { done: 0, bad: 1, wrongUse: 2, refused: 3, noAnswer: 4, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, 'Done. A stream that Ctrl-C has ended is done, too.'],
  [EXIT.bad, 'It was done, and what came of it is bad: the doctor found a failure, the log is not as it was sealed, a promise is broken, the order that was watched was not completed, the run was stopped or has failed.'],
  [EXIT.wrongUse, 'The command was given wrongly; nothing was asked for.'],
  [EXIT.refused, 'A service or the issuer said a definite no: there is no such thing, it is not allowed, it cannot be done now.'],
  [EXIT.noAnswer, 'No usable answer: the address cannot be reached, nothing came in time, or the service failed (5xx). The same command may succeed later; when a change was asked for, the message says whether it may have been made.'],
  [EXIT.interrupted, 'Ctrl-C, before it was done.'],
];
