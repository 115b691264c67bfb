/** StartReplay. */
import { z } from 'zod';
import { lastPart } from '../account.ts';
import { validationError } from '../aws-error.ts';
import type { Bus } from './event-buses.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { descriptionForm, replayNameForm } from './names.ts';

const schema = z.strictObject({
  ReplayName: replayNameForm,
  Description: descriptionForm,
  EventSourceArn: z.string().min(1).max(1_600),
  EventStartTime: z.number(),
  EventEndTime: z.number(),
  Destination: z.strictObject({ Arn: z.string().min(1).max(1_600), FilterArns: z.array(z.string().min(1).max(1_600)).optional() }),
});

export const startReplay: EventsAction = (input, { archives, buses, replays }) => {
  const { ReplayName, Description, EventSourceArn, EventStartTime, EventEndTime, Destination } = readInput(schema, input);
  const archive = archives.find(lastPart(EventSourceArn));
  if (archive === undefined) throw validationError(`Parameter EventSourceArn is not valid. Reason: Archive ${lastPart(EventSourceArn)} does not exist.`);
  const bus = buses.get(Destination.Arn);
  if (bus.arn !== archive.sourceArn) throw validationError('Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.');
  if (EventEndTime <= EventStartTime) throw validationError('Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.');
  checkRules(bus, Destination.FilterArns ?? []);
  // An empty list names no rule, and so leaves none out.
  const replay = replays.start({
    name: ReplayName, description: Description, archive, busArn: bus.arn, filterArns: Destination.FilterArns?.length === 0 ? undefined : Destination.FilterArns,
    fromMs: EventStartTime * 1_000, toMs: EventEndTime * 1_000,
  });
  return { ReplayArn: replay.arn, State: replay.state, ReplayStartTime: replay.startedAtMs / 1_000 };
};

function checkRules(bus: Bus, arns: readonly string[]): void {
  const known = new Set([...bus.rules.values()].map(({ arn }) => arn));
  const unknown = arns.find((arn) => !known.has(arn));
  if (unknown !== undefined) throw validationError(`Parameter Destination.FilterArns is not valid. Reason: Rule ${unknown} does not exist on EventBus ${bus.name}.`);
}
