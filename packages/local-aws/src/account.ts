/** The account and region that the local AWS plays, and the ARNs that follow from them. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
}

export const DEFAULT_BUS = 'default';

export function busArn({ accountId, region }: Account, name: string): string {
  return `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
}

export function ruleArn({ accountId, region }: Account, bus: string, rule: string): string {
  const path = bus === DEFAULT_BUS ? rule : `${bus}/${rule}`;
  return `arn:aws:events:${region}:${accountId}:rule/${path}`;
}

export function queueArn({ accountId, region }: Account, name: string): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

export function archiveArn({ accountId, region }: Account, name: string): string {
  return `arn:aws:events:${region}:${accountId}:archive/${name}`;
}

export function replayArn({ accountId, region }: Account, name: string): string {
  return `arn:aws:events:${region}:${accountId}:replay/${name}`;
}

/** What stands behind the last slash of an ARN. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The name of a bus given by its name or its ARN. */
export function busName(nameOrArn: string): string {
  const marker = ':event-bus/';
  const at = nameOrArn.startsWith('arn:') ? nameOrArn.indexOf(marker) : -1;
  return at === -1 ? nameOrArn : nameOrArn.slice(at + marker.length);
}
