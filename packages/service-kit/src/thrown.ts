/** Looks at thrown values by their form: errors of Node's own modules may come from another realm than ours. */

/** The text in `code`, as Node and PostgreSQL's driver set it. */
export function errorCode(thrown: unknown): string | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The message of an error, or nothing for other thrown values. */
export function errorMessage(thrown: unknown): string {
  const message = typeof thrown === 'object' && thrown !== null && 'message' in thrown ? thrown.message : undefined;
  return typeof message === 'string' ? message : '';
}
