/** Versions of a type side by side: what is refused when a catalogue is composed, and how data of an older one are read. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createCatalogue, defineEvent, InvalidEvent, UnknownEventVersion } from './catalogue.ts';
import type { DataOf, EventEntry } from './catalogue.ts';
import type { Upcaster } from './upcasting.ts';

const v1 = z.strictObject({ id: z.string(), name: z.string() });
const v2 = z.strictObject({ id: z.string(), first: z.string(), last: z.string().optional() });
const v3 = z.strictObject({ id: z.string(), names: z.array(z.string()).min(1), nick: z.string().optional() });

const names = { type: 'Named', constant: 'NAMED', webhook: 'person.named', topic: 'user-events', description: 'Somebody has a name.' } as const;
const Named = defineEvent({
  ...names,
  versions: { v1, v2, v3 },
  upcasters: {
    v1: ({ name, ...others }) => {
      const [first = '', last] = name.split(' ');
      return { ...others, first, ...(last !== undefined && { last }) };
    },
    v2: ({ first, last, ...others }) => ({ ...others, names: last === undefined ? [first] : [first, last] }),
  },
  subject: ({ id }) => id,
  example: { id: '1', names: ['Ada'] },
});
const catalogue = createCatalogue([Named as unknown as EventEntry]);

/** An entry whose versions and steps the compiler does not know. */
const loose = (versions: Readonly<Record<string, z.ZodObject>>, upcasters: Readonly<Record<string, Upcaster>> = {}): EventEntry =>
  ({ ...names, versions, upcasters, subject: () => '1', example: {} });
const faults = (versions: Readonly<Record<string, z.ZodObject>>, upcasters?: Readonly<Record<string, Upcaster>>): string[] => {
  try {
    createCatalogue([loose(versions, upcasters)]);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n- ').slice(1);
  }
};
const same: Upcaster = (data) => data;

describe('A catalogue with versions', () => {
  test('refuses a step that is missing, and says which', () => {
    expect(faults({ v1, v2, v3 }, { v1: same })).toEqual(['Named has no step from v2 to v3: add upcasters.v2']);
    expect(faults({ v1, v2 })).toEqual(['Named has no step from v1 to v2: add upcasters.v1']);
    expect(faults({ v1, v2 }, { v1: 'x' as never })).toEqual(['Named has no step from v1 to v2: add upcasters.v1']);
  });

  test('refuses a version that is left out between two others, a step that leads nowhere, and another name for a version', () => {
    expect(faults({ v1, v3 }, { v1: same })).toEqual(['Named has v1 and v3, and nothing between them: keep v2']);
    expect(faults({ v1, v2 }, { v1: same, v2: same })).toEqual(['Named has a step from v2, which is no version that another one follows: take upcasters.v2 out']);
    expect(faults({ v1, second: v2 })).toEqual(['Named has a version "second"; they are called v1, v2, …']);
    expect(faults({})).toEqual(['Named has no version']);
  });

  test('may have forgotten the oldest, and counts versions by their numbers', () => {
    expect(faults({ v2, v3 }, { v2: same })).toEqual([]);
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`v${index + 1}`, v1]));
    const steps = Object.fromEntries(Object.keys(ten).slice(0, -1).map((version) => [version, same]));
    expect(faults(ten, steps)).toEqual([]);
    expect(createCatalogue([loose(ten, steps)]).currentVersion('Named')).toBe('v10');
  });

  test('gives data of every version the current form, one step at a time, and leaves what it was given as it is', () => {
    const old = Object.freeze({ id: '1', name: 'Ada Lovelace' });
    expect(catalogue.toCurrent('Named', 'v1', old)).toEqual({ id: '1', names: ['Ada', 'Lovelace'] });
    expect(catalogue.toCurrent('Named', 'v2', { id: '1', first: 'Ada' })).toEqual({ id: '1', names: ['Ada'] });
    const now = { id: '1', names: ['Ada'] };
    expect(catalogue.toCurrent('Named', 'v3', now)).toBe(now);
    expect(() => catalogue.toCurrent('Named', 'v4', now)).toThrow(UnknownEventVersion);
  });

  test('refuses what a step makes and no version allows, and names where', () => {
    const wrong = createCatalogue([loose({ v1, v2 }, { v1: ({ id }: { id: string }) => ({ id, first: 17 }) })]);
    expect(() => wrong.toCurrent('Named', 'v1', { id: '1', name: 'Ada' })).toThrow('The data of Named v2 does not fit its schema: first: ');
  });

  test('publishes in the current version alone', () => {
    expect(() => catalogue.checkData('Named', { id: '1', names: ['Ada'] })).not.toThrow();
    expect(() => catalogue.checkData('Named', { id: '1', name: 'Ada' })).toThrow(InvalidEvent);
  });
});

test('the types of an entry are those of its current version, and of each step those of both ends', () => {
  const data: DataOf<typeof Named> = { id: '1', names: ['Ada'] };
  expect(Named.subject(data)).toBe('1');
  // @ts-expect-error a name of v1 is none of the current version
  const old: DataOf<typeof Named> = { id: '1', name: 'Ada' };
  expect(old).toBeDefined();
  const versions = { v1, v2 };
  const rest = { ...names, versions, subject: ({ id }: { id: string }) => id, example: { id: '1', first: 'Ada' } };
  // @ts-expect-error the step is missing
  defineEvent(rest);
  // @ts-expect-error the step gives the form of no version
  defineEvent({ ...rest, upcasters: { v1: ({ id }) => ({ id, second: 'Ada' }) } });
  // @ts-expect-error the step takes another form than that of v1
  defineEvent({ ...rest, upcasters: { v1: ({ id, first }) => ({ id, first }) } });
  expect(defineEvent({ ...rest, upcasters: { v1: ({ id, name }) => ({ id, first: name }) } }).type).toBe('Named');
});
