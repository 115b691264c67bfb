/** More and longer traces than in memory-log.test.ts, with decisions that fail until they are dead. */
import { test } from '@jest/globals';
import { playTraces } from '../test-kit/trace-run.ts';

test('many traces come to the same in memory and on PostgreSQL', () => playTraces(Array.from({ length: 5 }, (_, index) => 100 + index), 50, true), 120_000);
