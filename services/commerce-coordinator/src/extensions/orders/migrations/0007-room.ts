/**
 * Room in each page for as much again as it holds: a batch changes all the orders of a page at once, and the new version of a row touches no
 * index as long as it finds room beside the former one.
 */
import type { Migration } from '@commerce/service-kit/database';

export const ROOM_MIGRATION: Migration = {
  name: 'orders-7',
  sql: 'ALTER TABLE orders SET (fillfactor = 45);',
};
