/** The form of a webhook, from what is typed to what is sent. */
import { describe, expect, test } from '@jest/globals';
import { changeOf, EMPTY_FORM, formFaults, formOf, registrationOf } from './endpoint-form.ts';
import type { EndpointForm, EndpointSettings } from './endpoint-form.ts';

const GOOD: EndpointForm = { ...EMPTY_FORM, url: ' https://shop.example.com/hooks ', events: ['order.*'] };
const THERE: EndpointSettings = { url: 'https://a.example/', events: ['order.created'], description: null, retryAttempts: 3, retryDelay: 5_000, timeout: 30_000, rateLimit: null, maxInFlight: 16, ordered: false, filter: null };

describe('what is wrong is told at its field', () => {
  test.each<[Partial<EndpointForm>, string[]]>([
    [{}, []], [{ url: 'shop.example.com' }, ['url']], [{ url: 'ftp://a.example' }, ['url']], [{ url: 'https://me:secret@a.example' }, ['url']], [{ url: 'https://a.example/#x' }, ['url']],
    [{ events: [] }, ['events']], [{ timeout: '50' }, ['timeout']], [{ retryAttempts: '1.5', maxInFlight: '129' }, ['retryAttempts', 'maxInFlight']], [{ rateLimit: '100' }, []],
    [{ filter: '{"data":{"currency":["USD"]}}' }, []], [{ filter: '{"data":1}' }, ['filter']], [{ filter: 'x' }, ['filter']],
    [{ headers: 'x-api-key: abc\n\nx-two: b' }, []], [{ headers: 'x-api-key' }, ['headers']], [{ headers: 'x api: b' }, ['headers']],
  ])('%j', (change, fields) => expect(Object.keys(formFaults({ ...GOOD, ...change }))).toEqual(fields));
});

test('what is left empty is left to the service', () => expect(registrationOf(GOOD)).toEqual({ url: 'https://shop.example.com/hooks', events: ['order.*'] }));

test('all that is typed is sent', () => {
  expect(registrationOf({ ...GOOD, description: ' CRM ', signing: 'ed25519', retryAttempts: '5', rateLimit: '10', ordered: true, filter: '{"data":{"currency":["USD"]}}', headers: 'x-api-key: abc' })).toEqual({
    url: 'https://shop.example.com/hooks', events: ['order.*'], description: 'CRM', signing: 'ed25519', retryAttempts: 5, rateLimit: 10, ordered: true, filter: { data: { currency: ['USD'] } }, headers: { 'x-api-key': 'abc' },
  });
});

describe('a change', () => {
  test('of nothing is empty', () => expect(changeOf(formOf(THERE), THERE)).toEqual({}));

  test('says what is other, and null for what was taken away', () => {
    const before = { ...THERE, description: 'old', rateLimit: 5, filter: { data: { a: ['b'] } }, ordered: true };
    expect(changeOf({ ...formOf(before), events: ['order.created', 'payment.*'], description: '', rateLimit: '', filter: '', ordered: false, timeout: '1000' }, before)).toEqual({
      events: ['order.created', 'payment.*'], description: null, rateLimit: null, filter: null, ordered: false, timeout: 1_000,
    });
  });
});
