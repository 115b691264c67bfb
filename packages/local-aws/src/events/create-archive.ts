/** CreateArchive. */
import { z } from 'zod';
import { receipt } from './archive-form.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { archiveNameForm, descriptionForm, patternForm } from './names.ts';

const schema = z.strictObject({
  ArchiveName: archiveNameForm,
  EventSourceArn: z.string().min(1).max(1_600).regex(/^arn:aws.*:events:.*:event-bus\/.+$/),
  Description: descriptionForm,
  EventPattern: patternForm,
  RetentionDays: z.int().min(0).optional(),
  KmsKeyIdentifier: z.string().optional(),
});

export const createArchive: EventsAction = (input, { archives }) => {
  const { ArchiveName, EventSourceArn, Description, EventPattern, RetentionDays } = readInput(schema, input);
  return receipt(archives.create({
    name: ArchiveName, sourceArn: EventSourceArn, description: Description, patternText: EventPattern, retentionDays: RetentionDays,
  }));
};
