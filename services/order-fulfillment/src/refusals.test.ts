/** The client gives an order up for exactly those problems that are about the request: a new problem has to be placed here. */
import { REFUSALS_OF_A_QUESTION, REFUSALS_OF_A_REQUEST } from '@commerce/fulfillment-client/refusals';
import { baseProblems } from '@commerce/service-kit/problems';
import type { ProblemDefinition } from '@commerce/service-kit/problems';
import { expect, test } from '@jest/globals';
import { problems } from './problems.ts';

const DEFINITE = Object.values<ProblemDefinition>({ ...baseProblems, ...problems }).filter(({ status, retryable }) => status < 500 && !retryable);

/** Definite, and still no reason to give an order up: rights, addresses, the way to the service, callbacks. */
const ABOUT_THE_CALLER = [
  'callback_signature_invalid', 'conflict', 'headers_too_large', 'insufficient_scope', 'malformed_request', 'method_not_allowed', 'not_found', 'signature_invalid',
  'unauthenticated', 'unknown_client', 'unsupported_media_type',
];
const ABOUT_CLIENTS = ['client_does_not_sign', 'client_exists', 'client_not_found', 'key_exists', 'key_not_found', 'subject_in_use', 'too_many_keys', 'unknown_provider'];
/** About what happens to a fulfillment after it was accepted. */
const ABOUT_A_WISH = ['already_begun', 'already_settled', 'not_fulfilled', 'not_on_hold', 'not_settled', 'unknown_line'];
const ABOUT_A_QUESTION = ['fulfillment_not_found', 'invalid_cursor'];
const ABOUT_PERSONAL_DATA = ['order_not_found'];

test('every definite problem of this service is a refusal for its client, or is known to be none', () => {
  const others = new Set([...ABOUT_THE_CALLER, ...ABOUT_CLIENTS, ...ABOUT_A_WISH, ...ABOUT_A_QUESTION, ...ABOUT_PERSONAL_DATA]);
  expect([...others].filter((code) => !DEFINITE.some((problem) => problem.code === code))).toEqual([]);
  const aboutTheRequest = DEFINITE.filter(({ code }) => !others.has(code)).map(({ status, code }) => `${status} ${code}`);
  expect([...REFUSALS_OF_A_REQUEST].toSorted()).toEqual(aboutTheRequest.toSorted());
});

test('every refusal of a question is a problem of this service under the same status', () => {
  const all = DEFINITE.map(({ status, code }) => `${status} ${code}`);
  expect([...REFUSALS_OF_A_QUESTION].filter((refusal) => !all.includes(refusal))).toEqual([]);
  for (const code of ABOUT_A_QUESTION) expect([...REFUSALS_OF_A_QUESTION].some((refusal) => refusal.endsWith(` ${code}`))).toBe(true);
});
