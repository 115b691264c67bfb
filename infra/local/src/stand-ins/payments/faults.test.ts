import { expect, test } from '@jest/globals';
import { drawMs, faultSettingsSchema, readFaultSettings, strikes } from './faults.ts';

const keys = Array.from({ length: 2_000 }, (_, n) => `key-${n}`);
const struck = (seed: number, attempt = 1) => keys.filter((key) => strikes(faultSettingsSchema.parse({ seed, loseAnswer: 0.25 }), 'loseAnswer', key, attempt));

test('a fault strikes about as often as its rate says, the same keys for the same seed, others for another seed or try', () => {
  expect(struck(1).length).toBeGreaterThan(420);
  expect(struck(1).length).toBeLessThan(580);
  expect(struck(1)).toEqual(struck(1));
  expect(struck(2)).not.toEqual(struck(1));
  expect(struck(1, 2)).not.toEqual(struck(1));
});

test('a drawn wait stays within its range and reaches both ends', () => {
  const settings = faultSettingsSchema.parse({ latencyMs: [3, 5] });
  expect(new Set(keys.map((key) => drawMs(settings, 'latencyMs', key, 1)))).toEqual(new Set([3, 4, 5]));
});

test('settings that cannot be read are refused with the name of the variable, the fault, and the mend', () => {
  for (const [text, fault] of [['{serverError: 0.1}', 'it is no JSON'], ['{"serverErrors": 0.1}', 'serverErrors'], ['{"loseAnswer": 2}', 'loseAnswer: '], ['{"latencyMs": [5, 3]}', 'latencyMs: ']] as const) {
    const read = () => readFaultSettings('PAYMENTS_FAULTS', text);
    expect(read).toThrow('PAYMENTS_FAULTS holds no fault settings');
    expect(read).toThrow(fault);
    expect(read).toThrow('{"serverError": 0.1}');
  }
  expect(readFaultSettings('PAYMENTS_FAULTS', '{"serverError": 0.1}')).toEqual(faultSettingsSchema.parse({ serverError: 0.1 }));
});
