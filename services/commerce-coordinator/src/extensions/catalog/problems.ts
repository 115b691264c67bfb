/** What the routes of users and products may answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const catalogProblems = defineProblems({
  user_not_found: { status: 404, title: 'There is no such user', help: 'Check the id, or register the user with POST /users.' },
  user_exists: { status: 409, title: 'Another user has this id', help: 'Read the user that is there; change it with PATCH, or register under another id.' },
  user_deactivated: { status: 409, title: 'The user is deactivated', help: 'A user who was deactivated stays so. Register the person under another id.' },
  product_not_found: { status: 404, title: 'There is no such product', help: 'Check the sku, or create the product with POST /products.' },
  product_exists: { status: 409, title: 'Another product has this sku', help: 'Read the product that is there; change it with PATCH, or use another sku.' },
  product_discontinued: { status: 409, title: 'The product is discontinued', help: 'A product that was discontinued stays so. Create it anew under another sku.' },
  product_currency_not_supported: { status: 422, title: 'Products cannot be sold in this currency', help: 'Every price has two decimals, so only current currencies of ISO 4217 with two decimals are taken.' },
});

export type CatalogProblem = keyof typeof catalogProblems;

/** A decision refused a command. */
export class CatalogRefused extends Error {
  override readonly name = 'CatalogRefused';
  readonly code: CatalogProblem;
  constructor(code: CatalogProblem) {
    super(catalogProblems[code].title);
    this.code = code;
  }
}
