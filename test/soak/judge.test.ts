import { describe, expect, test } from '@jest/globals';
import { judgeProcesses, judgeTables, missingIn } from './judge.ts';
import type { ProcessSample, TableSample } from './judge.ts';

const MINUTES = Array.from({ length: 60 }, (_, minute) => minute);
const processes = (change: (minute: number) => Partial<ProcessSample>): ProcessSample[] => MINUTES.map((minute) => ({ atMs: minute * 60_000, name: 'service', heapMb: 80, residentMb: 200, timers: 20, sockets: 40, ...change(minute) }));
const tables = (change: (minute: number) => Partial<TableSample>): TableSample[] => MINUTES.map((minute) => ({ atMs: minute * 60_000, name: 'cc.events', rows: 1_000, tableBytes: 1_000_000, indexBytes: 500_000, ...change(minute) }));
const notFlat = (verdicts: readonly { what: string; isFlat: boolean }[]): string[] => verdicts.filter(({ isFlat }) => !isFlat).map(({ what }) => what);

describe('what a run of an hour keeps', () => {
  test('a process that keeps what it had is flat, however it began', () => {
    expect(notFlat(judgeProcesses(processes((minute) => (minute < 15 ? { heapMb: 30 + minute * 3, sockets: minute } : {}))))).toEqual([]);
  });

  test('a heap that grows by a megabyte a minute is not flat', () => {
    expect(notFlat(judgeProcesses(processes((minute) => ({ heapMb: 80 + minute }))))).toEqual(['heap MB']);
  });

  test('books that a stand-in keeps in memory may grow with each order, and no faster than before', () => {
    const orders = tables((minute) => ({ name: 'cc.orders', rows: 4_000 * minute }));
    const books = (heapMb: (minute: number) => number): string[] => notFlat(judgeProcesses(processes((minute) => ({ name: 'payments', heapMb: heapMb(minute) })), orders));
    expect(books((minute) => 40 + 2 * minute)).toEqual([]);
    expect(books(() => 40)).toEqual([]);
    expect(books((minute) => 40 + 2 * minute + 0.1 * minute ** 2)).toEqual(['heap, bytes an order']);
    // Of any other process that is growth, and without orders it is.
    expect(notFlat(judgeProcesses(processes((minute) => ({ heapMb: 40 + 2 * minute })), orders))).toEqual(['heap MB']);
    expect(notFlat(judgeProcesses(processes((minute) => ({ name: 'payments', heapMb: minute < 40 ? 40 : 40 + minute })), tables(() => ({ name: 'cc.orders', rows: 1_000 }))))).toEqual(['heap, bytes an order']);
  });

  test('a page more of a small index is not growth', () => {
    const small = tables((minute) => ({ rows: 60 + minute, indexBytes: minute < 45 ? 8_192 : 16_384 }));
    expect(notFlat(judgeTables(small))).toEqual([]);
    expect(notFlat(judgeTables(tables((minute) => ({ rows: 60 + minute, indexBytes: minute < 40 ? 8_192 : 80_000 }))))).toEqual(['indexes, bytes a row']);
  });

  test.each([['timers', 'timers'], ['sockets', 'sockets']] as const)('%s of which one more each minute stays are not flat', (key, what) => {
    expect(notFlat(judgeProcesses(processes((minute) => ({ [key]: 20 + minute }))))).toEqual([what]);
  });

  test('one high look is not growth', () => {
    expect(notFlat(judgeProcesses(processes((minute) => (minute === 55 ? { heapMb: 300, sockets: 400 } : {}))))).toEqual([]);
  });

  test('a table that holds what the run produces is judged by its bytes a row', () => {
    const grown = tables((minute) => ({ rows: 1_000 * (minute + 1), tableBytes: 300_000 * (minute + 1), indexBytes: 100_000 * (minute + 1) }));
    expect(judgeTables(grown).map(({ what }) => what)).toEqual(['table, bytes a row', 'indexes, bytes a row']);
    expect(notFlat(judgeTables(grown))).toEqual([]);
    expect(notFlat(judgeTables(tables((minute) => ({ rows: 1_000 * (minute + 1), tableBytes: 300_000 * (minute + 1), indexBytes: 20_000 * (minute + 1) ** 2 }))))).toEqual(['indexes, bytes a row']);
  });

  test('a table whose rows come and go must not grow, neither in bytes nor in rows', () => {
    expect(notFlat(judgeTables(tables(() => ({ name: 'cc.work', rows: 10 }))))).toEqual([]);
    expect(notFlat(judgeTables(tables((minute) => ({ name: 'cc.work', rows: 10, tableBytes: 1_000_000 + minute * 200_000 }))))).toEqual(['table, MB']);
    expect(notFlat(judgeTables(tables((minute) => ({ name: 'cc.work', rows: 10 + minute * 200 }))))).toEqual(['rows']);
  });

  test('a process that must be there and was not looked at is named', () => {
    expect(missingIn(judgeProcesses(processes(() => ({}))), ['service', 'commerce-coordinator'])).toEqual(['commerce-coordinator']);
  });

  test('what was not there in the last two thirds is not judged', () => {
    expect(judgeProcesses(processes(() => ({})).concat(processes(() => ({ name: 'gone' })).slice(0, 10))).every(({ name }) => name === 'service')).toBe(true);
  });
});
