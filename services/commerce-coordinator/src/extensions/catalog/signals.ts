/** What the catalogue tells. */
import { ProductCreated, ProductDiscontinued, ProductUpdated, UserDeactivated, UserRegistered, UserUpdated } from '@commerce/events/entries/catalog';
import { defineSignal } from '@commerce/signals/signal';

export const userRegistered = defineSignal(UserRegistered);
export const userUpdated = defineSignal(UserUpdated);
export const userDeactivated = defineSignal(UserDeactivated);
const unheard = { unheard: 'Whoever needs a product asks the catalogue at that moment.' };
export const productCreated = defineSignal(ProductCreated, unheard);
export const productUpdated = defineSignal(ProductUpdated, unheard);
export const productDiscontinued = defineSignal(ProductDiscontinued, unheard);

export const CATALOG_SIGNALS = [userRegistered, userUpdated, userDeactivated, productCreated, productUpdated, productDiscontinued];
