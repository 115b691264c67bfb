/** The token that stands for a card. Card numbers are no business of ours: what looks like one is refused in its place. Pure. */
import { z } from 'zod';

/** 13 to 19 digits, however they are grouped, that pass the check of Luhn. */
export function looksLikeCardNumber(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((all, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** Stands for the card, as the payment provider gave it. */
export const tokenForm = z.string().min(1).max(200).refine((text) => !looksLikeCardNumber(text), 'must be the token that the payment provider gave for the card, not the number of the card')
  .meta({ description: 'Stands for the card at the payment provider. The number of a card is refused.' });
