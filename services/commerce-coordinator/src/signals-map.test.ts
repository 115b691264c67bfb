/** The map of the business flow as it stands: no line and no connection of it can be taken away unnoticed. */
import { describe, expect, test } from '@jest/globals';
import type { Connection, SignalMap } from '@commerce/signals/map';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { checkLoaded } from './catalogue.ts';

/** What the start says of this map; empty when it is accepted. */
function saidOf(changed: Partial<SignalMap>): string {
  try {
    checkLoaded({ extensions: EXTENSIONS, map: { ...MAP, ...changed } });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** The connections with another list, or without the line when it is empty. */
const withLine = (type: string, connections: readonly Connection[]): SignalMap['connections'] =>
  Object.fromEntries(Object.entries({ ...MAP.connections, [type]: connections }).filter(([, left]) => left.length > 0));

const LINES = Object.entries(MAP.connections);
const PAIRS = LINES.flatMap(([type, connections]) => connections.map(({ handler }) => ({ type, handler })));
const PLACE = /\/src\/extensions\/\w+\/[\w.-]+\.ts:\d+ /;

describe('the map of the business flow', () => {
  test('is accepted as it stands, and is long enough to be worth this', () => {
    expect(saidOf({})).toBe('');
    expect(LINES.length).toBeGreaterThan(50);
    expect(PAIRS.length).toBeGreaterThan(100);
  });

  test('is refused without any one of its lines: each handler of it is named, with the file and line of its declaration and the mend', () => {
    for (const [type, connections] of LINES) {
      const faults = saidOf({ connections: withLine(type, []) }).split('\n').slice(1);
      const handlers = connections.map(({ handler }) => faults.find((fault) => PLACE.test(fault) && fault.includes(` The handler ${handler} `) && fault.includes('unconnected: {')));
      expect([type, handlers.filter((fault) => fault === undefined)]).toEqual([type, []]);
    }
  });

  test('is refused without any one of its connections, and that one alone is named', () => {
    for (const { type, handler } of PAIRS) {
      const left = (MAP.connections[type] ?? []).filter((one) => one.handler !== handler);
      const faults = saidOf({ connections: withLine(type, left) }).split('\n').slice(1).filter((fault) => fault.includes(' The handler '));
      expect([type, handler, faults]).toEqual([type, handler, [expect.stringMatching(PLACE)]]);
      expect(faults[0]).toContain(` The handler ${handler} `);
      expect(faults[0]).toMatch(new RegExp(`under (\\w+ or )*${type}\\b`));
    }
  });

  test('is refused without any one of those that hear everything, at its own place', () => {
    expect(MAP.everywhere.length).toBeGreaterThan(0);
    for (const name of MAP.everywhere) {
      const connections = Object.fromEntries(LINES.map(([type, all]) => [type, all.filter(({ handler }) => handler !== name)] as const).filter(([, left]) => left.length > 0));
      expect(saidOf({ connections })).toMatch(new RegExp(`extension\\.ts:\\d+ The handler ${name.replace('.', String.raw`\.`)} is declared and connected to nothing`));
    }
  });

  test('is refused without any one of the signals that it takes in from outside', () => {
    expect(MAP.foreign.length).toBeGreaterThan(3);
    for (const signal of MAP.foreign) {
      expect(saidOf({ foreign: MAP.foreign.filter((one) => one !== signal) })).toMatch(new RegExp(`signals\\.config\\.ts:\\d+ The map connects ${signal.type}, which order-fulfillment sends, and does not declare it as foreign`));
    }
  });
});
