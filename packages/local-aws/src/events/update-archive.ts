/** UpdateArchive: what is left out stays as it is. */
import { z } from 'zod';
import { receipt } from './archive-form.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { archiveNameForm, descriptionForm, patternForm } from './names.ts';

const schema = z.strictObject({
  ArchiveName: archiveNameForm,
  Description: descriptionForm,
  EventPattern: patternForm,
  RetentionDays: z.int().min(0).optional(),
  KmsKeyIdentifier: z.string().optional(),
});

export const updateArchive: EventsAction = (input, { archives }) => {
  const { ArchiveName, Description, EventPattern, RetentionDays } = readInput(schema, input);
  return receipt(archives.update(ArchiveName, { description: Description, patternText: EventPattern, retentionDays: RetentionDays }));
};
