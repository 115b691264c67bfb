/**
 * A template of the CDK app as LocalStack can deploy it. What LocalStack has no provider for it would call created and not make, so
 * it is left out here, by a list with reasons, and told. Archives are made after the stack: CloudFormation works out their bus.
 *
 * Refused: event patterns that AWS would refuse. LocalStack takes them, and from then on no rule on that bus delivers anything.
 */
import { compilePattern } from '@commerce/events/pattern';
import type { StackTemplate } from '@commerce/infra/app';
import { z } from 'zod';

/** Kinds that LocalStack 4 has no provider for, and what is lost without them. */
export const WITHOUT_PROVIDER: Readonly<Record<string, string>> = {
  'AWS::Events::Archive': 'made through the API of EventBridge after its stack',
  'AWS::Logs::ResourcePolicy': 'the log of a bus: LocalStack writes none',
  'AWS::Logs::DeliverySource': 'the log of a bus: LocalStack writes none',
  'AWS::Logs::DeliveryDestination': 'the log of a bus: LocalStack writes none',
  'AWS::Logs::Delivery': 'the log of a bus: LocalStack writes none',
  'AWS::CloudWatch::Dashboard': 'a page in the console of AWS',
};

/** The check that the account was prepared for CDK: parameter and rule of every template. Nothing here needs the preparation. */
const BOOTSTRAP = { parameter: 'BootstrapVersion', rule: 'CheckBootstrapVersion' } as const;
const ARCHIVE = 'AWS::Events::Archive';

export interface LeftOut {
  /** `<stack>.<logical id>`. */
  readonly place: string;
  readonly type: string;
  readonly reason: string;
}

/** An archive that is to be made once its stack stands. */
export interface WantedArchive {
  readonly name: string;
  /** The output of the stack that says which bus it is of. */
  readonly sourceOutput: string;
  readonly description: string | undefined;
  readonly patternText: string | undefined;
  readonly retentionDays: number | undefined;
}

export interface Prepared {
  readonly stackName: string;
  /** JSON. */
  readonly body: string;
  readonly leftOut: readonly LeftOut[];
  readonly archives: readonly WantedArchive[];
}

const resourceForm = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string().transform((id) => [id]), z.array(z.string())]).optional(),
});
const templateForm = z.looseObject({
  Parameters: z.record(z.string(), z.unknown()).default({}),
  Rules: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceForm),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});
const archiveForm = z.strictObject({
  ArchiveName: z.string(),
  SourceArn: z.unknown(),
  Description: z.string().optional(),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  RetentionDays: z.int().optional(),
});
type Resources = z.output<typeof templateForm>['Resources'];

/** Throws for a pattern that AWS would refuse, and for an archive of a form that this does not know, with the place of both. */
export function prepare({ stackName, template }: StackTemplate): Prepared {
  const { Parameters, Rules, Resources, Outputs, ...rest } = templateForm.parse(template);
  checkPatterns(stackName, Resources);
  const without = new Set(Object.entries(Resources).flatMap(([id, { Type }]) => (Type in WITHOUT_PROVIDER ? [id] : [])));
  const archives = Object.entries(Resources).filter(([, { Type }]) => Type === ARCHIVE).map(([id, { Properties }]) => wantedArchive(`${stackName}.${id}`, id, Properties));
  const body = {
    ...rest,
    Parameters: omit(Parameters, BOOTSTRAP.parameter),
    Rules: omit(Rules, BOOTSTRAP.rule),
    Resources: keepOthers(Resources, without),
    Outputs: { ...Outputs, ...Object.fromEntries(archives.map(({ wanted, sourceArn }) => [wanted.sourceOutput, { Value: sourceArn }])) },
  };
  return {
    stackName,
    body: JSON.stringify(body),
    leftOut: [...without].map((id) => ({ place: `${stackName}.${id}`, type: Resources[id]?.Type ?? '', reason: WITHOUT_PROVIDER[Resources[id]?.Type ?? ''] ?? '' })),
    archives: archives.map(({ wanted }) => wanted),
  };
}

function checkPatterns(stackName: string, resources: Resources): void {
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    const pattern = Properties['EventPattern'];
    if (!Type.startsWith('AWS::Events::') || typeof pattern !== 'object' || pattern === null) continue;
    try {
      compilePattern(pattern);
    } catch (error) {
      throw new Error(`${stackName}.${id}: LocalStack would take this pattern, and then deliver nothing on its bus. ${(error as Error).message}`, { cause: error });
    }
  }
}

function wantedArchive(place: string, id: string, properties: unknown): { readonly wanted: WantedArchive; readonly sourceArn: unknown } {
  const read = archiveForm.safeParse(properties);
  if (!read.success) throw new Error(`${place} (${ARCHIVE}): ${z.prettifyError(read.error)}`);
  const { ArchiveName, SourceArn, Description, EventPattern, RetentionDays } = read.data;
  return {
    wanted: {
      name: ArchiveName, sourceOutput: `SourceOf${id}`, description: Description, retentionDays: RetentionDays,
      patternText: EventPattern === undefined ? undefined : JSON.stringify(EventPattern),
    },
    sourceArn: SourceArn,
  };
}

function omit(members: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));
}

function keepOthers(resources: Resources, without: ReadonlySet<string>): Record<string, unknown> {
  const kept = Object.entries(resources).filter(([id]) => !without.has(id));
  return Object.fromEntries(kept.map(([id, { DependsOn, ...resource }]) => {
    const before = DependsOn?.filter((other) => !without.has(other)) ?? [];
    return [id, before.length === 0 ? resource : { ...resource, DependsOn: before }];
  }));
}
