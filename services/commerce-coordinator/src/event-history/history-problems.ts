/** What the routes of history may answer with, beside the problems that all routes share. */
import { defineProblems } from '@commerce/service-kit/problems';

export const historyProblems = defineProblems({
  invalid_event_filter: {
    status: 400,
    title: 'The filter is no event pattern',
    help: 'Send an EventBridge event pattern as JSON text, such as {"data":{"total":[{"numeric":[">",100]}]}}. It judges an event as it is listed: eventType, source, subject, data and so on.',
  },
  event_not_found: {
    status: 404,
    title: 'There is no such event',
    help: 'Check the id. An event is kept as long as its topic says, and one of another service is here only if it was sent here.',
  },
});
