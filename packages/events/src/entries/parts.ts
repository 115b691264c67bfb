/** Pieces that the schemas of several entries share. */
import { z } from 'zod';

export const id = z.string().min(1).max(200);
/** Money: a decimal string with two places, never a float. */
export const moneySchema = z.string().regex(/^\d{1,15}\.\d{2}$/);
export const currency = z.string().regex(/^[A-Z]{3}$/);
/** Why: a short constant for programs, a sentence for people. */
export const reason = z.strictObject({ code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), message: z.string().max(2_000).optional() });
export const bag = z.record(z.string().max(100), z.unknown());
export const tracking = z.strictObject({ carrier: z.string().max(100), trackingNumber: z.string().max(100) });
/** A quantity of a product. */
export const stockLine = z.strictObject({ sku: id, quantity: z.int().min(1).max(500_000_000) });

/** The order that the examples of all entries speak of. */
export const EXAMPLE_ORDER_ID = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
