/** Users and products. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { personal } from '../personal.ts';
import { currency, id, moneySchema } from './parts.ts';

const profile = { userId: id, email: personal(z.email().max(320)).optional(), name: personal(z.string().min(1).max(500)).optional() };
const product = { sku: id, name: z.string().min(1).max(500), unitPrice: moneySchema, currency };

export const UserRegistered = defineEvent({
  type: 'UserRegistered', constant: 'USER_REGISTERED', webhook: 'user.registered', topic: 'user-events',
  description: 'A customer is known from now on.', isExternal: true,
  versions: { v1: z.strictObject(profile) },
  subject: (data) => data.userId,
  customer: (data) => data.userId,
  example: { userId: 'VINET', email: 'paul.henriot@vinet.example', name: 'Vins et alcools Chevalier' },
});

export const UserUpdated = defineEvent({
  type: 'UserUpdated', constant: 'USER_UPDATED', webhook: 'user.updated', topic: 'user-events',
  description: 'The profile of a customer has changed; it stands here whole.',
  versions: { v1: z.strictObject(profile) },
  subject: (data) => data.userId,
  customer: (data) => data.userId,
  example: { userId: 'VINET', email: 'orders@vinet.example', name: 'Vins et alcools Chevalier' },
});

export const UserDeactivated = defineEvent({
  type: 'UserDeactivated', constant: 'USER_DEACTIVATED', webhook: 'user.deactivated', topic: 'user-events',
  description: 'A customer orders no more and is told no more.',
  versions: { v1: z.strictObject({ userId: id }) },
  subject: (data) => data.userId,
  example: { userId: 'VINET' },
});

export const ProductCreated = defineEvent({
  type: 'ProductCreated', constant: 'PRODUCT_CREATED', webhook: 'product.created', topic: 'catalog-events',
  description: 'A product can be sold from now on.',
  versions: { v1: z.strictObject(product) },
  subject: (data) => data.sku,
  example: { sku: 'NW-11', name: 'Queso Cabrales', unitPrice: '21.00', currency: 'USD' },
});

export const ProductUpdated = defineEvent({
  type: 'ProductUpdated', constant: 'PRODUCT_UPDATED', webhook: 'product.updated', topic: 'catalog-events',
  description: 'A product has changed; it stands here whole.',
  versions: { v1: z.strictObject(product) },
  subject: (data) => data.sku,
  example: { sku: 'NW-11', name: 'Queso Cabrales', unitPrice: '22.50', currency: 'USD' },
});

export const ProductDiscontinued = defineEvent({
  type: 'ProductDiscontinued', constant: 'PRODUCT_DISCONTINUED', webhook: 'product.discontinued', topic: 'catalog-events',
  description: 'A product is not sold any more.',
  versions: { v1: z.strictObject({ sku: id }) },
  subject: (data) => data.sku,
  example: { sku: 'NW-11' },
});

export const CATALOG_ENTRIES = [UserRegistered, UserUpdated, UserDeactivated, ProductCreated, ProductUpdated, ProductDiscontinued] as const;
