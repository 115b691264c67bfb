import { expect, test } from '@jest/globals';
import { AuditRecorded } from '@commerce/events/entries';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import type { EventEntry } from '@commerce/events/catalogue';
import { HEARD } from './fan-out-entries.ts';
import { isWanted, webhookNameOf } from './message-names.ts';

test('every event that is published is heard here, and told under its name to who wants all', () => {
  const heard: readonly EventEntry<any>[] = HEARD;
  const told = PUBLISHED_ENTRIES.filter(({ type }) => type !== AuditRecorded.type);
  expect(told.filter((entry) => !heard.includes(entry)).map(({ type }) => type)).toEqual([]);
  expect(told.filter(({ type, webhook }) => webhookNameOf(type) !== webhook || !isWanted('*', webhook)).map(({ type }) => type)).toEqual([]);
});
