/** What is told of an erasure. */
import { CustomerErased } from '@commerce/events/entries/customers';
import { defineSignal } from '@commerce/signals/signal';

export const customerErased = defineSignal(CustomerErased, { unheard: 'It is told to whoever keeps copies outside; here the rows are scrubbed with it.' });
