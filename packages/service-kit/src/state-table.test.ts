import { describe, expect, test } from '@jest/globals';
import { createMachine, StateTableRefused } from './state-table.ts';
import type { StateTable } from './state-table.ts';

const open = { meaning: '', terminal: false };
const end = { meaning: '', terminal: true };

const door: StateTable<string, string> = {
  name: 'door',
  initial: 'made',
  states: { made: open, hung: open, painted: open, broken: end },
  transitions: [
    { from: 'made', on: 'hang', to: 'hung' },
    { from: 'hung', on: 'paint', to: 'painted' },
    { from: 'hung', on: 'break', to: 'broken' },
    { from: 'painted', on: 'break', to: 'broken' },
  ],
};

function faultsOf(table: StateTable<string, string>): readonly string[] {
  try {
    createMachine(table);
    return [];
  } catch (error) {
    if (error instanceof StateTableRefused) return error.faults;
    throw error;
  }
}

describe('a state table', () => {
  test('without faults is taken', () => expect(faultsOf(door)).toEqual([]));

  test('with a transition to a state that does not exist is refused', () => {
    const transitions = [...door.transitions, { from: 'made', on: 'sell', to: 'sold' }];
    expect(faultsOf({ ...door, transitions })).toEqual([expect.stringContaining('"sold" is not a state')]);
  });

  test('that begins nowhere is refused', () => {
    expect(faultsOf({ ...door, initial: 'dreamt' })).toContain('it begins in "dreamt", which is not a state');
  });

  test('with a state that nothing leads to is refused', () => {
    expect(faultsOf({ ...door, states: { ...door.states, stolen: end } })).toEqual(['"stolen" cannot be reached from "made"']);
  });

  test('with a state from which no end can be reached is refused', () => {
    const states = { ...door.states, locked: open };
    const transitions = [...door.transitions, { from: 'hung', on: 'lock', to: 'locked' }];
    expect(faultsOf({ ...door, states, transitions })).toEqual(['"locked" is a dead end: no terminal state can be reached from it']);
  });

  test('with a way out of a terminal state is refused', () => {
    const transitions = [...door.transitions, { from: 'broken', on: 'mend', to: 'hung' }];
    expect(faultsOf({ ...door, transitions })).toEqual([expect.stringContaining('broken is terminal')]);
  });

  test('with two answers to one input is refused', () => {
    const transitions = [...door.transitions, { from: 'made', on: 'hang', to: 'broken' }];
    expect(faultsOf({ ...door, transitions })).toEqual([expect.stringContaining('two transitions for one input')]);
  });

  test('tells all its faults at once', () => {
    expect(faultsOf({ ...door, initial: 'dreamt', states: { ...door.states, stolen: end } }).length).toBeGreaterThan(1);
  });
});

describe('an input', () => {
  const { step } = createMachine(door);
  test('that is allowed moves', () => expect(step('made', 'hang')).toEqual({ kind: 'move', to: 'hung' }));
  test('whose state is still ahead is early', () => expect(step('made', 'paint')).toEqual({ kind: 'early' }));
  test('whose state has passed is late', () => expect(step('painted', 'hang')).toEqual({ kind: 'late' }));
  test('in a terminal state is late', () => expect(step('broken', 'break')).toEqual({ kind: 'late' }));
  test('that was taken is late when it comes again', () => expect(step('painted', 'paint')).toEqual({ kind: 'late' }));
});
