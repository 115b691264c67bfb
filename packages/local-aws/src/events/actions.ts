/** The actions of EventBridge that the local bus has. All others are refused by name. */
import { cancelReplay } from './cancel-replay.ts';
import { createArchive } from './create-archive.ts';
import { createEventBus } from './create-event-bus.ts';
import { deleteArchive } from './delete-archive.ts';
import { deleteEventBus } from './delete-event-bus.ts';
import { deleteRule } from './delete-rule.ts';
import { describeArchive } from './describe-archive.ts';
import { describeEventBus } from './describe-event-bus.ts';
import { describeReplay } from './describe-replay.ts';
import { describeRule } from './describe-rule.ts';
import { disableRule } from './disable-rule.ts';
import { enableRule } from './enable-rule.ts';
import type { EventsAction } from './events-context.ts';
import { listArchives } from './list-archives.ts';
import { listEventBuses } from './list-event-buses.ts';
import { listReplays } from './list-replays.ts';
import { listRules } from './list-rules.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTargetsByRule } from './list-targets-by-rule.ts';
import { putEvents } from './put-events.ts';
import { putRule } from './put-rule.ts';
import { putTargets } from './put-targets.ts';
import { removeTargets } from './remove-targets.ts';
import { startReplay } from './start-replay.ts';
import { tagResource } from './tag-resource.ts';
import { testEventPattern } from './test-event-pattern.ts';
import { untagResource } from './untag-resource.ts';
import { updateArchive } from './update-archive.ts';

export const EVENTS_ACTIONS: ReadonlyMap<string, EventsAction> = new Map<string, EventsAction>([
  ['PutEvents', putEvents],
  ['TestEventPattern', testEventPattern],
  ['CreateEventBus', createEventBus],
  ['DescribeEventBus', describeEventBus],
  ['ListEventBuses', listEventBuses],
  ['DeleteEventBus', deleteEventBus],
  ['PutRule', putRule],
  ['DescribeRule', describeRule],
  ['ListRules', listRules],
  ['EnableRule', enableRule],
  ['DisableRule', disableRule],
  ['DeleteRule', deleteRule],
  ['PutTargets', putTargets],
  ['ListTargetsByRule', listTargetsByRule],
  ['RemoveTargets', removeTargets],
  ['CreateArchive', createArchive],
  ['DescribeArchive', describeArchive],
  ['ListArchives', listArchives],
  ['UpdateArchive', updateArchive],
  ['DeleteArchive', deleteArchive],
  ['StartReplay', startReplay],
  ['DescribeReplay', describeReplay],
  ['ListReplays', listReplays],
  ['CancelReplay', cancelReplay],
  ['TagResource', tagResource],
  ['UntagResource', untagResource],
  ['ListTagsForResource', listTagsForResource],
]);
