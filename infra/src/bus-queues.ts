/** The queues in which EventBridge leaves events of an owner's bus, by what whoever deploys has asked for; and how the service is told of them. */
import type { Construct } from 'constructs';
import { busArn, queueUrl } from './arns.ts';
import { uncopiedName, undecryptedName, type Owner } from './names.ts';

export interface BusSettings {
  readonly customerKey?: boolean | undefined;
  readonly replicaRegion?: string | undefined;
}

export interface BusQueue {
  /** The service's variable for its address. */
  readonly variable: string;
  readonly name: string;
  /** Where it is. Undefined: the region of the stack. */
  readonly at: string | undefined;
  /** Where the bus is on which its events belong. Undefined: the region of the stack. */
  readonly region: string | undefined;
}

export function busQueuesOf(owner: Owner, { customerKey = false, replicaRegion }: BusSettings): BusQueue[] {
  const ofCopy = replicaRegion === undefined ? [] : [{ variable: 'BUS_UNCOPIED_QUEUE_URL', name: uncopiedName(owner, replicaRegion), at: undefined, region: replicaRegion }];
  if (!customerKey) return ofCopy;
  const undecrypted = { variable: 'BUS_UNDECRYPTED_QUEUE_URL', name: undecryptedName(owner), at: undefined, region: undefined };
  return [undecrypted, ...ofCopy, ...(replicaRegion === undefined ? [] : [{ variable: 'REPLICA_UNDECRYPTED_QUEUE_URL', name: undecryptedName(owner), at: replicaRegion, region: replicaRegion }])];
}

/** The variables of the service that owns the bus. */
export function busQueueEnvironment(scope: Construct, owner: Owner, settings: BusSettings): Record<string, string> {
  const { replicaRegion } = settings;
  const urls = busQueuesOf(owner, settings).map(({ variable, name, at }) => [variable, queueUrl(scope, name, { region: at })]);
  return { ...(replicaRegion !== undefined && { REPLICA_BUS_ARN: busArn(scope, owner.bus, { region: replicaRegion }) }), ...Object.fromEntries(urls) };
}
