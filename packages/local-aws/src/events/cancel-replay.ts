/** CancelReplay. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { replayNameForm } from './names.ts';

const schema = z.strictObject({ ReplayName: replayNameForm });

export const cancelReplay: EventsAction = (input, { replays }) => {
  const replay = replays.cancel(readInput(schema, input).ReplayName);
  return { ReplayArn: replay.arn, State: replay.state };
};
