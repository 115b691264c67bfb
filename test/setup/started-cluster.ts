/** What the set-up of a test run leaves for its tear-down. */
import type { EmbeddedPostgres } from '@commerce/service-kit/embedded-postgres';

export const startedCluster: { current?: { server: EmbeddedPostgres; directory: string } } = {};
