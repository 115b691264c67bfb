/** `prefix` and `suffix`, of a text as it is or, with `equals-ignore-case`, in any case. */
import { affixIgnoringCase } from './ignore-case.ts';
import type { JsonReader } from './json-reader.ts';
import type { Key } from './key.ts';

export type AffixKind = 'prefix' | 'suffix';

/** The keys of a `prefix` or `suffix` operand. */
export function readAffix(kind: AffixKind, reader: JsonReader): readonly Key[] {
  const token = reader.next();
  if (token === 'string') return affixKeys(kind, reader.string());
  if (token !== '{') reader.fail(`${kind} match pattern must be a string`);
  if (reader.next() !== 'name') reader.fail(`${kind === 'prefix' ? 'Prefix' : 'Suffix'} expression name not found`);
  if (reader.name !== 'equals-ignore-case') reader.fail(`Unsupported ${kind} pattern: ${reader.name}`);
  if (reader.next() !== 'string') reader.fail('equals-ignore-case match pattern must be a string');
  const text = reader.string();
  if (reader.next() !== '}') reader.fail('Only one key allowed in match expression');
  return withQuote(kind, text, affixIgnoringCase(kind, text));
}

/** The keys of a text that begins or ends in this way. */
export function affixKeys(kind: AffixKind, text: string): readonly Key[] {
  return withQuote(kind, text, { kind, text, folded: false });
}

/** EventBridge compares strings with their quotes, so that `prefix: 'a"'` also finds the string a, and its suffix likewise. */
function withQuote(kind: AffixKind, text: string, key: Key): readonly Key[] {
  if (kind === 'prefix' ? !text.endsWith('"') : !text.startsWith('"')) return [key];
  return [key, { kind: 'leaf', leaf: kind === 'prefix' ? text.slice(0, -1) : text.slice(1) }];
}
