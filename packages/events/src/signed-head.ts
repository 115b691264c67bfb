/**
 * A signed head of a log, as it is kept outside of the database: its form, and those that a text names. Pure.
 */
import { z } from 'zod';

/** Bounds of what somebody may hand in as a head. */
const NUMBER = z.int().nonnegative();

/** What was signed, and the signature. Whether that is right is judged by whoever has the key. */
export const signedHead = z.strictObject({
  log: z.string().min(1).max(200).meta({ description: 'Whose log.', example: 'order-fulfillment' }),
  seal: z.int().positive(),
  total: NUMBER.meta({ description: 'Events up to this seal.' }),
  upTo: z.strictObject({ epoch: NUMBER, txid: NUMBER, position: NUMBER }),
  chain: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  at: z.iso.datetime(),
  keyId: z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits'),
  signature: z.string().min(1).max(200).meta({ description: 'Ed25519, base64.' }),
});

export type SignedHead = Readonly<z.infer<typeof signedHead>>;

/**
 * The heads in a text, one to a line: as they were printed, or as the lines of a service's log file have them; whatever else that says
 * counts for nothing. Throws a RangeError for a head that is not whole, and for a text without any: nothing would be held against it.
 */
export function headsIn(text: string): SignedHead[] {
  const heads = text.split('\n').flatMap((line, index) => {
    const said = objectIn(line);
    const head = said !== undefined && typeof said['head'] === 'string' ? objectIn(said['head']) : said;
    if (head === undefined || !('signature' in head) || !('seal' in head || 'chain' in head)) return [];
    const read = signedHead.safeParse(head);
    if (!read.success) throw new RangeError(`Line ${index + 1} has a head that is not whole or was changed: ${z.prettifyError(read.error)}`);
    return [read.data];
  });
  if (heads.length === 0) throw new RangeError('There is no signed head in it.');
  return heads;
}

/** The JSON object that a text is; undefined where it is none. */
function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
