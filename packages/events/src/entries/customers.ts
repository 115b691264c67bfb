/** What becomes of the data of customers. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { id } from './parts.ts';

export const CustomerErased = defineEvent({
  type: 'CustomerErased', constant: 'CUSTOMER_ERASED', webhook: 'customer.erased', topic: 'user-events',
  description: 'What was known of a customer is erased: whoever keeps a copy of it has to do the same. The id stays.',
  versions: { v1: z.strictObject({ customerId: id, erasedAt: z.iso.datetime() }) },
  subject: (data) => data.customerId,
  example: { customerId: 'VINET', erasedAt: '2026-01-05T10:15:00.000Z' },
});

export const CUSTOMER_ENTRIES = [CustomerErased] as const;
