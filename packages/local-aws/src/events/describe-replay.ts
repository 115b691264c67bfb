/** DescribeReplay. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { replayNameForm } from './names.ts';
import { summary } from './replay-form.ts';

const schema = z.strictObject({ ReplayName: replayNameForm });

export const describeReplay: EventsAction = (input, { replays }) => {
  const replay = replays.get(readInput(schema, input).ReplayName);
  return { ...summary(replay), ReplayArn: replay.arn, Description: replay.description, Destination: { Arn: replay.busArn, FilterArns: replay.filterArns } };
};
