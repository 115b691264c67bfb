/** DescribeArchive. Counts and sizes are those of this moment; those of AWS lag behind. */
import { z } from 'zod';
import { summary } from './archive-form.ts';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { archiveNameForm } from './names.ts';

const schema = z.strictObject({ ArchiveName: archiveNameForm });

export const describeArchive: EventsAction = (input, { archives, clock }) => {
  const archive = archives.get(readInput(schema, input).ArchiveName);
  const { description, patternText } = archive.settings;
  return { ...summary(archive, clock.nowMs()), ArchiveArn: archive.arn, Description: description, EventPattern: patternText };
};
