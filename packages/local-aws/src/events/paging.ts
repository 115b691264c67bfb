/** The pages of a list. The token of the next page says where it begins, and is of no use to anybody but the action that gave it. */
import { z } from 'zod';
import { validationError } from '../aws-error.ts';

export const pagingForm = { Limit: z.int().min(1).max(100).optional(), NextToken: z.string().min(1).max(2_048).optional() };

interface Paging {
  readonly Limit?: number | undefined;
  readonly NextToken?: string | undefined;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextToken: string | undefined;
}

const DEFAULT_LIMIT = 100;

/** The page of the list that is asked for: 100 items if no limit is given. */
export function page<Item>(items: readonly Item[], { Limit = DEFAULT_LIMIT, NextToken }: Paging): Page<Item> {
  const from = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64url').toString());
  if (!Number.isSafeInteger(from) || from < 0) throw validationError('The NextToken value is not valid.');
  const end = from + Limit;
  return { items: items.slice(from, end), NextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined };
}
