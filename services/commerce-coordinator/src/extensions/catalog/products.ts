/**
 * Products: created, changed, discontinued. Pure.
 * Promise: what does not change a product tells nothing; the same creation again is no second one.
 */
import type { Outcome } from '@commerce/event-log/extension';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import { apply } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { z } from 'zod';
import type { SeenVersion } from '../../commands.ts';
import { refuseOtherVersion } from '../../commands.ts';
import { formatMoney, isCurrencySupported, minorUnits, MONEY_PATTERN } from '../../money.ts';
import { CatalogRefused } from './problems.ts';
import { productCreated, productDiscontinued, productUpdated } from './signals.ts';
import { ID_PATTERN } from './users.ts';

export const PRODUCT_STATUSES = ['active', 'discontinued'] as const;

export interface Product {
  readonly kind: 'product';
  readonly sku: string;
  readonly name: string;
  /** Decimal string with two places. */
  readonly unitPrice: string;
  readonly currency: string;
  readonly status: (typeof PRODUCT_STATUSES)[number];
  /** 1 when created, one more with every change. Stock is no change of the product. */
  readonly version: number;
  /** Digest of the creation, hex. */
  readonly createdAs: string;
  /** ISO 8601, as `updatedAt`. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

const name = z.string().min(1).max(500);
const unitPrice = z.string().regex(MONEY_PATTERN, 'must be a decimal string such as "14.00": up to 12 digits, a point, up to 2 digits').meta({ example: '21.00' });
const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a currency code of ISO 4217 such as "USD"');

export const productForm = z.strictObject({
  sku: z.string().regex(ID_PATTERN, 'must have 1 to 100 letters, digits and ._:@+-, and begin with a letter or a digit').meta({ example: 'NW-11' }),
  name, unitPrice, currency,
});
export const productPatch = z.strictObject({ name: name.optional(), unitPrice: unitPrice.optional(), currency: currency.optional() }).meta({ description: 'What is left out stays.' });

export type ProductForm = z.infer<typeof productForm>;
export type ProductPatch = z.infer<typeof productPatch>;

/** Creates a product. The same form again leaves the product as it is now. Throws `CatalogRefused`. */
export function create(product: Product | undefined, form: ProductForm, context: SendContext): Outcome<Product> {
  const createdAs = sha256(canonicalJson(form)).toString('hex');
  if (product !== undefined) {
    if (product.createdAs !== createdAs) throw new CatalogRefused('product_exists');
    return apply(product);
  }
  refuseCurrency(form.currency);
  const at = new Date(context.nowMs).toISOString();
  const created: Product = { kind: 'product', ...form, unitPrice: money(form.unitPrice), status: 'active', version: 1, createdAs, createdAt: at, updatedAt: at };
  productCreated.sendRobust(told(created), context, 1);
  return apply(created);
}

/** Throws `CatalogRefused`, `VersionDiffers`. */
export function change(product: Product | undefined, patch: ProductPatch, seen: SeenVersion, context: SendContext): Outcome<Product> {
  if (product === undefined) throw new CatalogRefused('product_not_found');
  if (product.status === 'discontinued') throw new CatalogRefused('product_discontinued');
  refuseOtherVersion(seen, product.version);
  const wanted = { name: patch.name ?? product.name, unitPrice: money(patch.unitPrice ?? product.unitPrice), currency: patch.currency ?? product.currency };
  if (wanted.name === product.name && wanted.unitPrice === product.unitPrice && wanted.currency === product.currency) return apply(product);
  refuseCurrency(wanted.currency);
  const changed = moved({ ...product, ...wanted }, context);
  productUpdated.sendRobust(told(changed), context, changed.version);
  return apply(changed);
}

/** Once is enough: a product that is discontinued stays so. Throws `CatalogRefused`. */
export function discontinue(product: Product | undefined, context: SendContext): Outcome<Product> {
  if (product === undefined) throw new CatalogRefused('product_not_found');
  if (product.status === 'discontinued') return apply(product);
  const ended = moved({ ...product, status: 'discontinued' as const }, context);
  productDiscontinued.sendRobust({ sku: product.sku }, context, ended.version);
  return apply(ended);
}

function moved(product: Product, { nowMs }: SendContext): Product {
  return { ...product, version: product.version + 1, updatedAt: new Date(nowMs).toISOString() };
}

function told({ sku, name: called, unitPrice: price, currency: code }: Product): { sku: string; name: string; unitPrice: string; currency: string } {
  return { sku, name: called, unitPrice: price, currency: code };
}

function money(text: string): string {
  return formatMoney(minorUnits(text));
}

function refuseCurrency(code: string): void {
  if (!isCurrencySupported(code)) throw new CatalogRefused('product_currency_not_supported');
}
