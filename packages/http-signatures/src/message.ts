/**
 * An HTTP message as its signature sees it.
 * Promise: the target is read byte by byte as it was sent. It is not normalised, because what a router makes of `/a/../b` and
 * what a URL parser makes of it are two things.
 */
import { SignatureFault } from './fault.ts';

/** A request has `method` and `url`, a response has `status`. */
export interface Message {
  /** As sent: methods are case-sensitive. */
  readonly method?: string | undefined;
  /** Absolute, `http` or `https`, with path and query exactly as they stand in the request. */
  readonly url?: string | undefined;
  readonly status?: number | undefined;
  /** Names (in any case) and values in turn, one pair for each line: the form of Node's `rawHeaders`. */
  readonly headers: readonly string[];
}

/** A target taken apart. `query` begins with its `?` and is only that when there is none. */
export interface Target {
  readonly uri: string;
  readonly scheme: string;
  /** Lower case, without the scheme's own port. */
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  /** Path and query, as the request line has them. */
  readonly requestTarget: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };

/** Throws `SignatureFault` for what is no absolute http URL in visible ASCII. */
export function targetOf(url: string): Target {
  const match = /^(https?):\/\/([^/?#@]+)(\/[^?#]*)?(\?[^#]*)?$/i.exec(url);
  if (match === null || !/^[\x21-\x7e]+$/.test(url)) throw new SignatureFault('The target is no absolute http URL.');
  const [, given = '', host = '', path = '', query = ''] = match;
  const scheme = given.toLowerCase();
  const port = DEFAULT_PORTS[scheme] ?? '';
  const lower = host.toLowerCase();
  const authority = lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
  const requestTarget = `${path === '' ? '/' : path}${query}`;
  return { uri: `${scheme}://${authority}${requestTarget}`, scheme, authority, path: path === '' ? '/' : path, query: query === '' ? '?' : query, requestTarget };
}

/**
 * The value of a header: its lines without the space around them, joined by a comma. Undefined when there is none.
 * `name` is in lower case.
 */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if ((headers[index] as string).toLowerCase() !== name) continue;
    const line = (headers[index + 1] as string).replaceAll(/[ \t]*\r\n[ \t]+/g, ' ').trim();
    value = value === undefined ? line : `${value}, ${line}`;
  }
  return value;
}
