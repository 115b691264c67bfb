/** What the routes of replays may answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const archiveReplayProblems = defineProblems({
  replay_not_found: { status: 404, title: 'There is no such replay of this archive', help: 'Check the name: it is the one that was answered when the replay was started, and AWS forgets a replay after 90 days.' },
  replay_name_taken: { status: 409, title: 'A replay has this name', help: 'A name is used once. Look at that replay; start another one under another name, or leave the name out.' },
  replay_ended: { status: 409, title: 'The replay has ended', help: 'There is nothing to stop: read the replay to see what it has brought.' },
  replay_empty_window: { status: 422, title: 'The window of the replay is empty', help: 'Send a time from that lies before to, and no time that is still to come.' },
  replay_outside_window: {
    status: 422,
    title: 'The replay would start before the window in which repetitions are recognised',
    help: 'An event that is older than 30 days is not known any more as one that was here, so that it could be applied twice: each would be refused as outside_window. Start later.',
  },
  replays_too_many: { status: 409, title: 'EventBridge runs as many replays as it allows', help: 'Wait until one of them has ended, or stop one. AWS allows ten at once.', retryable: true },
  replays_unavailable: { status: 503, title: 'Replays cannot be had now', help: 'EventBridge did not answer, has no such archive, or does not let this service replay. The detail says which; whoever runs the service looks at REPLAY_ROLE_ARN and FULFILLMENT_ARCHIVE.', retryable: true },
});
