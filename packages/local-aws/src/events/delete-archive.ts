/** DeleteArchive. A replay that has begun goes on with what the archive had. */
import { z } from 'zod';
import type { EventsAction } from './events-context.ts';
import { readInput } from './input.ts';
import { archiveNameForm } from './names.ts';

const schema = z.strictObject({ ArchiveName: archiveNameForm });

export const deleteArchive: EventsAction = (input, { archives }) => {
  archives.delete(readInput(schema, input).ArchiveName);
  return {};
};
