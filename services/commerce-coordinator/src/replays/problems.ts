/** What the routes of replays may answer beside the problems of the service. */
import { defineProblems } from '@commerce/service-kit/problems';

export const replayProblems = defineProblems({
  event_replay_not_found: {
    status: 404,
    title: 'There is no such replay',
    help: 'Check the id: it is the replayId that was answered when the replay was asked for.',
  },
  replay_target_unknown: {
    status: 422,
    title: 'The target of the replay is not known here',
    help: 'Name a handler as the map of signals has it, such as orders.confirm, an extension, an endpoint that is registered, a projection, or the bus.',
  },
  replay_target_needs_endpoint: {
    status: 422,
    title: 'Webhooks are replayed to one endpoint',
    help: 'The fan-out writes what each endpoint has not got yet, once. Name the endpoint that is to get the events again as the target, with effects allowed.',
  },
  replay_filter_personal: {
    status: 422,
    title: 'The filter asks for personal data',
    help: 'A selection is kept and recorded, and an address or a name in it would stay when its customer is erased. Find the events with the history, which keeps no filter, and select them by order, customer or correlation id.',
  },
  replay_selection_unclear: {
    status: 422,
    title: 'The selection does not say what is meant',
    help: 'Name what is meant: an order, a correlation id, types, a time, or a filter. Everything there is takes all: true and nothing else. A projection is made of all its events, so a rebuild has no selection.',
  },
  replay_under_way: {
    status: 409,
    title: 'A rebuild of this projection is under way',
    help: 'Wait until it has ended, or stop it.',
  },
  replay_state_wrong: {
    status: 409,
    title: 'The replay is not in the state for this',
    help: 'What is waiting or running can be stopped, what was stopped or has failed can be resumed, and a dry run that is done can be run. Only a rebuild that has swapped its table has kept one.',
  },
});
