import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createCatalogue, defineEvent } from './catalogue.ts';
import { UserRegistered } from './entries/catalog.ts';
import { eventJsonSchema } from './json-schema.ts';
import { personal, personalFieldsOf } from './personal.ts';

const withMember = (member: z.ZodType, customer: object = { customer: () => 'c' }) => () => createCatalogue([defineEvent({
  type: 'Marked', constant: 'MARKED', webhook: 'marked', topic: 'user-events', description: 'A mark.', versions: { v1: z.strictObject({ member }) }, subject: () => 's', example: { member: undefined } as never, ...customer,
})]);

describe('a mark', () => {
  test('is found at any depth of objects, inside or outside of what may be absent', () => {
    const schema = z.strictObject({ a: personal(z.string()), b: z.strictObject({ c: personal(z.string()).nullish() }).optional(), d: personal(z.strictObject({ e: z.string() }).optional()), f: z.string() });
    expect(personalFieldsOf(schema)).toEqual([{ path: ['a'], isRequired: true }, { path: ['b', 'c'], isRequired: false }, { path: ['d'], isRequired: false }]);
  });

  test('is shown by the JSON Schema', () => {
    const schema = eventJsonSchema(UserRegistered, 'v1') as any;
    expect(schema.properties.data.properties.email['x-personal']).toBe(true);
    expect(schema.properties.data.properties.userId['x-personal']).toBe(undefined);
  });

  test.each([
    ['in a list', z.array(personal(z.string()))], ['in a record', z.record(z.string(), personal(z.string()))], ['in a union', z.union([z.strictObject({ a: personal(z.string()).optional() }), z.string()])],
  ])('%s is refused, for nobody would find it', (_where, member) => {
    expect(withMember(member)).toThrow('Marked v1 marks something as personal that is no member of an object');
  });

  test('of a required member that may not read as erased is refused, and so is one of nobody', () => {
    expect(withMember(personal(z.int()))).toThrow('which is required and may not be "erased"');
    expect(withMember(personal(z.string()), {})).toThrow('does not say whose they are');
    expect(withMember(personal(z.int()).optional())).not.toThrow();
  });
});
