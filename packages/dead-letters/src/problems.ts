/** What the routes of dead letters may answer beside the problems of the service. */
import { defineProblems } from '@commerce/service-kit/problems';

export const deadLetterProblems = defineProblems({
  dead_letter_not_found: {
    status: 404,
    title: 'There is no such dead letter',
    help: 'Read the list again: what was redriven or discarded is not in it any more, and what died again in a queue has another name.',
  },
  dead_letter_run_not_found: {
    status: 404,
    title: 'There is no such run',
    help: 'Check the id: it is the runId that was answered when the run was asked for.',
  },
  dead_letter_run_under_way: {
    status: 409,
    title: 'Another run is under way',
    help: 'Wait until it has ended, or stop it. One run at a time, so that a rate means what it says.',
  },
  dead_letter_run_over: {
    status: 409,
    title: 'The run has ended already',
    help: 'Nothing is left to be stopped. Ask for another run if something is left to be done.',
  },
  dead_letter_selection_unclear: {
    status: 422,
    title: 'The selection does not say what is meant',
    help: 'Name what is meant: ids, kinds, a reason, a type, a handler, an age, or mended. Everything there is takes all: true and nothing else.',
  },
});
