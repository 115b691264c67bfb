import { expect, test } from '@jest/globals';
import { drawMs, faultSettingsSchema, readFaultSettings, strikes } from './faults.ts';

const subjects = Array.from({ length: 2_000 }, (_, n) => `reference-${n}`);
const struck = (seed: number, attempt = 1) => {
  const settings = faultSettingsSchema.parse({ seed, serverError: 0.25 });
  return subjects.filter((subject) => strikes(settings, 'serverError', subject, attempt));
};

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
  const settings = faultSettingsSchema.parse({ loseAnswer: 1 });
  expect(subjects.every((subject) => strikes(settings, 'loseAnswer', subject, 1))).toBe(true);
  expect(subjects.some((subject) => strikes(settings, 'loseCallback', subject, 1))).toBe(false);
});

test('a drawn wait stays within its range and reaches both ends', () => {
  const settings = faultSettingsSchema.parse({ latencyMs: [3, 5] });
  expect(new Set(subjects.map((subject) => drawMs(settings, 'latencyMs', subject, 1)))).toEqual(new Set([3, 4, 5]));
});

test('a range that runs backwards is refused', () => {
  expect(faultSettingsSchema.safeParse({ latencyMs: [5, 3] }).success).toBe(false);
});

test('settings that cannot be read are refused with the name of the variable, the fault, and the mend', () => {
  for (const [text, fault] of [['{serverError: 0.1}', 'it is no JSON'], ['{"serverErrors": 0.1}', 'serverErrors'], ['{"loseAnswer": 2}', 'loseAnswer: '], ['7', 'expected object']] as const) {
    const read = () => readFaultSettings('LMS_FAULTS', text);
    expect(read).toThrow('LMS_FAULTS holds no fault settings');
    expect(read).toThrow(fault);
    expect(read).toThrow('{"serverError": 0.1}');
  }
  expect(readFaultSettings('LMS_FAULTS', '{"serverError": 0.1}')).toEqual(faultSettingsSchema.parse({ serverError: 0.1 }));
});
