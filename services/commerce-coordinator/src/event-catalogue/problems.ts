/** What the catalogue of events and its intake may answer. */
import { defineProblems } from '@commerce/service-kit/problems';

export const eventCatalogueProblems = defineProblems({
  event_type_not_found: {
    status: 404,
    title: 'There is no such type of event',
    help: 'GET /api/catalog lists all types with all their names. A name that stands for several types names none of them.',
  },
  event_version_not_found: {
    status: 404,
    title: 'This type of event has no such version',
    help: 'GET /api/catalog/{type} lists the versions of the type.',
  },
  event_not_external: {
    status: 422,
    title: 'Events of this type are not taken from outside',
    help: 'Only types that the catalogue marks isExternal are: those of which somebody outside may know first. Everything else follows from calls of the API.',
  },
  event_source_not_yours: {
    status: 403,
    title: 'A client speaks in its own name only',
    help: 'Send the id of the client of your token as the source of the event.',
  },
  event_invalid: {
    status: 422,
    title: 'An event does not fit the catalogue',
    help: 'Compare it with the JSON Schema at GET /api/catalog/{type}/versions/{version}/schema; members that do not stand there are refused. Nothing of the request was taken.',
  },
  event_conflict: {
    status: 409,
    title: 'An event with this id and another content is there',
    help: 'The id is the identity of an event: send what is new under a new id. Nothing of the request was stored.',
  },
  event_not_taken: {
    status: 422,
    title: 'An event cannot be stored',
    help: 'The time in its id must lie in the last 30 days, and the event must fit into about 1 MiB. Nothing of the request was stored.',
  },
});
