/** The table of outcomes, and that the documentation shows the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { answerOf, ErrConflict, ErrInvalidStatus, ErrNotFound, errorOfGrpc, errorOfHttp, ErrServiceUnavailable, OUTCOMES } from './errors.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/ingest.md'), 'utf8');
const WORDS = { 200: '200 OK', 202: '202 Accepted', 404: '404 Not Found', 422: '422 Unprocessable', 502: '502 Bad Gateway', 504: '504 Gateway Timeout' };

test('docs/ingest.md shows every row of the table and no other', () => {
  const shown = (PAGE.split('| Scenario |')[1] ?? '').split('\n').slice(2);
  const end = shown.findIndex((line) => !line.startsWith('|'));
  const rows = OUTCOMES.map(({ scenario, httpWords, grpcWords, error, kafka, answer }) => `| ${scenario} | ${httpWords} | ${grpcWords} | ${error === undefined ? 'none' : `\`${error}\``} | ${WORDS[answer]} | ${kafka} |`);
  expect(shown.slice(0, end)).toEqual(rows);
});

describe('An answer of the API side', () => {
  test.each([
    [409, 'update_duplicate', 'ErrConflict', 200],
    [404, 'update_order_unknown', 'ErrNotFound', 404],
    [422, 'update_status_invalid', 'ErrInvalidStatus', 422],
    [404, 'not_found', 'ErrServiceUnavailable', 502],
    [404, undefined, 'ErrServiceUnavailable', 502],
    [409, 'update_order_unknown', 'ErrServiceUnavailable', 502],
    [400, 'validation_failed', 'ErrServiceUnavailable', 502],
    [403, 'insufficient_scope', 'ErrServiceUnavailable', 502],
    [429, 'overloaded', 'ErrServiceUnavailable', 502],
    [500, undefined, 'ErrServiceUnavailable', 502],
    [503, 'timed_out', 'ErrServiceUnavailable', 502],
  ])('%d with the code %s is %s, and the provider is answered %d', (status, code, name, answer) => {
    const error = errorOfHttp(status, code, 'detail');
    expect([error.name, answerOf(error)]).toEqual([name, answer]);
  });

  test.each([
    ['ALREADY_EXISTS', 'ErrConflict', 200],
    ['NOT_FOUND', 'ErrNotFound', 404],
    ['FAILED_PRECONDITION', 'ErrInvalidStatus', 422],
    ['DEADLINE_EXCEEDED', 'ErrServiceUnavailable', 504],
    ['UNAVAILABLE', 'ErrServiceUnavailable', 502],
    ['INVALID_ARGUMENT', 'ErrServiceUnavailable', 502],
    ['PERMISSION_DENIED', 'ErrServiceUnavailable', 502],
    ['UNIMPLEMENTED', 'ErrServiceUnavailable', 502],
  ])('of gRPC, %s, is %s, and the provider is answered %d', (status, name, answer) => {
    const error = errorOfGrpc(status, 'detail');
    expect([error.name, answerOf(error)]).toEqual([name, answer]);
  });

  test('that is a success is answered 202, or 200 where something newer was known', () => {
    expect([answerOf('accepted'), answerOf('stale')]).toEqual([202, 200]);
    expect([new ErrConflict(), new ErrNotFound(), new ErrInvalidStatus(), new ErrServiceUnavailable('down'), new ErrServiceUnavailable('slow', { timedOut: true })].map(answerOf)).toEqual([200, 404, 422, 502, 504]);
  });

  test('that is a definite no carries what the API side says, and nothing else does', () => {
    expect(errorOfHttp(422, 'update_status_invalid', 'other_currency').message).toBe('other_currency');
    expect(errorOfHttp(500, undefined, 'secret stack').message).not.toContain('secret');
  });
});
