/** AWS::Events::Archive. A key has no effect: nothing is encrypted here. */
import { z } from 'zod';
import { type ResourceKind, whole } from './resource-kind.ts';

const properties = z.strictObject({
  ArchiveName: z.string().optional(),
  SourceArn: z.string(),
  Description: z.string().optional(),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  RetentionDays: whole.transform(Number).optional(),
  KmsKeyIdentifier: z.string().optional(),
});

const LONGEST_NAME = 48;

export const archive: ResourceKind = (given, { archives }, generatedName) => {
  const { ArchiveName, SourceArn, Description, EventPattern, RetentionDays } = properties.parse(given);
  const patternText = EventPattern === undefined ? undefined : JSON.stringify(EventPattern);
  const made = archives.create({
    name: ArchiveName ?? generatedName.slice(0, LONGEST_NAME), sourceArn: SourceArn, description: Description, patternText, retentionDays: RetentionDays,
  });
  return { ref: made.name, attributes: { Arn: made.arn, ArchiveName: made.name } };
};
