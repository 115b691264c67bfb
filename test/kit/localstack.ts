/** Which AWS an end-to-end test runs on: the embedded one, or the LocalStack that LOCALSTACK_URL names, as `pnpm localstack` sets it. */
import { test } from '@jest/globals';

/** Without a trailing slash; undefined for the embedded one. */
export const LOCALSTACK_URL = process.env['LOCALSTACK_URL']?.replace(/\/$/, '');

/** For what LocalStack cannot do: docs/localstack.md has the list. */
export const testOnEmbeddedAws = LOCALSTACK_URL === undefined ? test : test.skip;
