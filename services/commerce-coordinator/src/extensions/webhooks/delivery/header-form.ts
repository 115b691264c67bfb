/** What a header may be, in a request and in an answer (RFC 9110, 5): no control character but the tab, and nothing beyond Latin-1. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isHeader(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value);
}
