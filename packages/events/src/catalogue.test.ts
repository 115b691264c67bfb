import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createCatalogue, defineEvent } from './catalogue.ts';
import { INVENTORY_ENTRIES } from './entries/inventory.ts';

const entry = (type: string, names: { constant?: string; webhook?: string; otherNames?: readonly string[] } = {}) => defineEvent({
  type, constant: names.constant ?? type.toUpperCase(), webhook: names.webhook ?? `${type.toLowerCase()}.happened`, ...(names.otherNames && { otherNames: names.otherNames }),
  topic: 'order-events', description: 'It happened.', versions: { v1: z.strictObject({ id: z.string() }) }, subject: ({ id }) => id, example: { id: '1' },
});

describe('A catalogue', () => {
  test('lets several entries share a second name, which stands for all of them', () => {
    const entries = [entry('Filled', { otherNames: ['STOCK_MOVED'] }), entry('Emptied', { otherNames: ['STOCK_MOVED'] })];
    expect(createCatalogue(entries).entries).toEqual(entries);
    expect(createCatalogue(INVENTORY_ENTRIES as never).entries.filter(({ otherNames }) => otherNames?.includes('INVENTORY_UPDATE'))).toHaveLength(3);
  });

  test('refuses two entries of one type, constant or webhook name, and says all clashes at once', () => {
    const entries = [entry('Filled'), entry('Filled', { constant: 'REFILLED', webhook: 'stock.refilled' }), entry('Emptied', { constant: 'FILLED' }), entry('Lost', { webhook: 'filled.happened' })];
    expect(() => createCatalogue(entries)).toThrow(/"Filled" is claimed by Filled and by Filled\n- "FILLED" is claimed by Filled and by Emptied\n- "filled.happened" is claimed by Filled and by Lost$/);
  });

  test('refuses a second name that is a first name of an entry, in whatever order they stand, or stands twice', () => {
    expect(() => createCatalogue([entry('Emptied', { otherNames: ['FILLED'] }), entry('Filled')])).toThrow('"FILLED" is claimed by Filled and by Emptied');
    expect(() => createCatalogue([entry('Filled', { otherNames: ['FILLED'] })])).toThrow('"FILLED" is claimed by Filled and by Filled');
    expect(() => createCatalogue([entry('Filled', { otherNames: ['FULL', 'FULL'] })])).toThrow('"FULL" is claimed by Filled and by Filled');
  });

  test('refuses an entry that keeps a member inside without which it cannot be read outside', () => {
    const keeping = (member: 'id' | 'own') => defineEvent({
      type: 'Filled', constant: 'FILLED', webhook: 'filled.happened', topic: 'order-events', description: 'It happened.', versions: { v1: z.strictObject({ id: z.string(), own: z.string().optional() }) },
      inside: [member], subject: ({ id }) => id, example: { id: '1' },
    });
    expect(createCatalogue([keeping('own')]).entries).toHaveLength(1);
    expect(() => createCatalogue([keeping('id')])).toThrow('Filled v1 must have "id", which is kept inside; make it optional');
  });
});
