import { expect, test } from '@jest/globals';
import { looksLikeCardNumber } from './card-token.ts';

test.each(['4242424242424242', '4000 0000 0000 0002', '3782-822463-10005', '6011000990139424'])('%s is a card number', (text) => expect(looksLikeCardNumber(text)).toBe(true));
test.each(['4242424242424243', 'tok_4242424242424242', '424242424242', '42424242424242424242', 'pm_1N', ''])('%s is none', (text) => expect(looksLikeCardNumber(text)).toBe(false));
