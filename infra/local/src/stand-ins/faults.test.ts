import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { drawMs, readFaultSettings, strikes } from './faults.ts';
import type { FaultsOfAll } from './faults.ts';
import { faultSettingsSchema as lms } from './lms/faults.ts';
import { faultSettingsSchema as payments } from './payments/faults.ts';

const subjects = Array.from({ length: 2_000 }, (_, n) => `reference-${n}`);

describe.each<[string, z.ZodType<FaultsOfAll>]>([['LMS', lms], ['payment', payments]])('of the %s stand-in', (_name, schema) => {
  const struck = (seed: number, attempt = 1) => subjects.filter((subject) => strikes(schema.parse({ seed, serverError: 0.25 }), 'serverError', subject, attempt));

  test('a fault strikes about as often as its rate says', () => {
    expect(struck(1).length).toBeGreaterThan(420);
    expect(struck(1).length).toBeLessThan(580);
  });

  test('the same seed strikes the same subjects, another seed or another try strikes others', () => {
    expect(struck(1)).toEqual(struck(1));
    expect(struck(2)).not.toEqual(struck(1));
    expect(struck(1, 2)).not.toEqual(struck(1));
  });

  test('a fault that is off never strikes, and one that is certain always does', () => {
    const settings = schema.parse({ loseAnswer: 1 });
    expect(subjects.every((subject) => strikes(settings, 'loseAnswer', subject, 1))).toBe(true);
    expect(subjects.some((subject) => strikes(settings, 'serverError', subject, 1))).toBe(false);
  });

  test('a drawn wait stays within its range and reaches both ends', () => {
    const settings = schema.parse({ latencyMs: [3, 5] });
    expect(new Set(subjects.map((subject) => drawMs(settings, 'latencyMs', subject, 1)))).toEqual(new Set([3, 4, 5]));
  });

  test('settings that cannot be read are refused with the program, the name of the variable, the fault, and the mend', () => {
    const faulty = [['{serverError: 0.1}', 'it is no JSON'], ['{"serverErrors": 0.1}', 'serverErrors'], ['{"loseAnswer": 2}', 'loseAnswer: '], ['{"latencyMs": [5, 3]}', 'latencyMs: the first figure'], ['7', '(Invalid input: expected object']] as const;
    for (const [text, fault] of faulty) {
      const read = () => readFaultSettings('The stand-in', schema, 'THE_FAULTS', text);
      expect(read).toThrow(/^The stand-in /);
      expect(read).toThrow('THE_FAULTS holds no fault settings');
      expect(read).toThrow(fault);
      expect(read).toThrow('{"serverError": 0.1}');
    }
    expect(readFaultSettings('The stand-in', schema, 'THE_FAULTS', '{"serverError": 0.1}')).toEqual(schema.parse({ serverError: 0.1 }));
  });
});
