import { describe, expect, test } from '@jest/globals';
import { checkMachine, mayMove } from './state-machine.ts';

const sound = { name: 'a door', initial: 'open', terminal: ['gone'], moves: { open: ['shut'], shut: ['open', 'gone'], gone: [] } };

describe('A state machine', () => {
  test('that is sound is taken', () => {
    expect(() => checkMachine(sound)).not.toThrow();
  });

  test('is refused with all its faults at once', () => {
    const moves = { open: ['shut', 'ajar'], shut: ['shut'], gone: ['open'], lost: ['gone'] };
    const refused = () => checkMachine({ ...sound, moves });
    expect(refused).toThrow('"ajar" is named, but not declared');
    expect(refused).toThrow('"gone" cannot be reached from "open"');
    expect(refused).toThrow('"lost" cannot be reached from "open"');
    expect(refused).toThrow('"gone" is terminal, but has moves');
    expect(refused).toThrow('"open" is a dead end');
    expect(refused).toThrow('"shut" is a dead end');
  });

  test('lets pass what its table lists, and staying where it is unless that is the end', () => {
    const may = (from: string, to: string): boolean => mayMove(sound, from, to);
    expect([may('open', 'shut'), may('open', 'open'), may('open', 'gone'), may('gone', 'gone')]).toEqual([true, true, false, false]);
  });
});
