/** The actions of EventBridge that the local bus has. All others are refused by name. */
import { createEventBus } from './create-event-bus.ts';
import { describeEventBus } from './describe-event-bus.ts';
import { describeRule } from './describe-rule.ts';
import type { EventsAction } from './events-context.ts';
import { listEventBuses } from './list-event-buses.ts';
import { listRules } from './list-rules.ts';
import { listTargetsByRule } from './list-targets-by-rule.ts';
import { putEvents } from './put-events.ts';
import { putRule } from './put-rule.ts';
import { putTargets } from './put-targets.ts';
import { testEventPattern } from './test-event-pattern.ts';

export const EVENTS_ACTIONS: ReadonlyMap<string, EventsAction> = new Map<string, EventsAction>([
  ['PutEvents', putEvents],
  ['DescribeEventBus', describeEventBus],
  ['ListEventBuses', listEventBuses],
  ['CreateEventBus', createEventBus],
  ['PutRule', putRule],
  ['DescribeRule', describeRule],
  ['ListRules', listRules],
  ['PutTargets', putTargets],
  ['ListTargetsByRule', listTargetsByRule],
  ['TestEventPattern', testEventPattern],
]);
