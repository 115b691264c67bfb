/** What the routes of monitoring may answer with, beside the problems that all routes share. */
import { defineProblems } from '@commerce/service-kit/problems';

export const monitoringProblems = defineProblems({
  unknown_event_name: {
    status: 400,
    title: 'No event has this name',
    help: 'GET /api/catalog lists every type with its names: OrderCreated, ORDER_CREATED and order.created are one. order.* stands for all that begin so, * for all.',
  },
  test_event_invalid: {
    status: 422,
    title: 'The data is not that of this event',
    help: 'GET /api/catalog/{type}/example shows data that fits; without data that example is sent.',
  },
  too_many_streams: {
    status: 429,
    title: 'Too many streams are open',
    help: 'A client may have 10 streams at a process, and a process has 200 at most. End one, or wait; one stream may carry many types.',
    retryable: true,
  },
});
