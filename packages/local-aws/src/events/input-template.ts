/**
 * The template of an input transformer. One that begins with a quote is text: JSON strings, one or several below each other.
 * Any other is JSON.
 *
 * A `<variable>` outside of quotes becomes JSON: text gets quotes, what is missing becomes `""`. Inside quotes it becomes
 * its bare text, unescaped; an object or a list loses all its quotes in a text, and keeps them in JSON, which then mostly
 * is no JSON any more: such an input is not delivered.
 */
import { validationError } from '../aws-error.ts';
import { isScalar } from './spelled-json.ts';

interface Variable {
  readonly name: string;
  readonly isQuoted: boolean;
}

/** The variables that hold a whole document. */
const DOCUMENTS: ReadonlySet<string> = new Set(['aws.events.event', 'aws.events.event.json']);

export interface InputTemplate {
  readonly kind: 'text' | 'json';
  readonly parts: readonly (string | Variable)[];
}

const VARIABLE = /<([^<>\n]*)>/y;
const JSON_STRINGS = /^\s*(?:"(?:[^"\\]|\\.)*"\s*)+$/s;

/**
 * Reads the template of that target.
 *
 * @throws AwsError for a variable that `isKnown` does not know, and for a template that could not become text or JSON.
 */
export function readTemplate(text: string, targetId: string, isKnown: (name: string) => boolean): InputTemplate {
  const parts = partsOf(text);
  for (const part of parts) {
    if (typeof part === 'string' || isKnown(part.name)) continue;
    throw validationError(`InputTemplate for target ${targetId} contains invalid placeholder ${part.name}.`);
  }
  if (!text.trimStart().startsWith('{')) {
    const document = parts.find((part): part is Variable => typeof part !== 'string' && DOCUMENTS.has(part.name));
    if (document !== undefined) throw validationError(`InputTemplate for target ${targetId} contains placeholder ${document.name} valid only for JSON template.`);
  }
  const template: InputTemplate = { kind: text.trimStart().startsWith('"') ? 'text' : 'json', parts };
  const fault = faultIn(template);
  if (fault === undefined) return template;
  const before = text.slice(0, fault).split('\n');
  const place = `line: ${before.length}, column: ${(before.at(-1)?.length ?? 0) + 1}`;
  throw validationError(`Invalid InputTemplate for target ${targetId} : [Source: (String)"${text}"; ${place}].`);
}

/** The template with values in place of its variables; undefined if that gives no JSON. `valueOf` gives undefined for what the event does not have. */
export function fillTemplate({ kind, parts }: InputTemplate, valueOf: (name: string) => unknown): string | undefined {
  const filled = parts.map((part) => (typeof part === 'string' ? part : written(valueOf(part.name), part.isQuoted, kind))).join('');
  return kind === 'text' || isJson(filled) ? filled : undefined;
}

function written(value: unknown, isQuoted: boolean, kind: InputTemplate['kind']): string {
  if (!isQuoted) return JSON.stringify(value ?? (value === null ? null : ''));
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value);
  return kind === 'json' || isScalar(value) ? text : text.replaceAll('"', '');
}

function partsOf(text: string): (string | Variable)[] {
  const parts: (string | Variable)[] = [];
  let isQuoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\' && isQuoted) at += 1;
    else if (text[at] === '"') isQuoted = !isQuoted;
    if (text[at] !== '<') continue;
    VARIABLE.lastIndex = at;
    const name = VARIABLE.exec(text)?.[1];
    if (name === undefined) continue;
    parts.push(text.slice(from, at), { name, isQuoted });
    from = VARIABLE.lastIndex;
    at = from - 1;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== '');
}

/** Where the template stops being text or JSON: judged with variables replaced by strings of their own length. */
function faultIn({ kind, parts }: InputTemplate): number | undefined {
  const filled = parts.map((part) => (typeof part === 'string' ? part : filler(part))).join('');
  if (kind === 'text') return JSON_STRINGS.test(filled) ? undefined : filled.length;
  try {
    JSON.parse(filled);
    return undefined;
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    return at === undefined ? filled.length : Number(at);
  }
}

function filler({ name, isQuoted }: Variable): string {
  return isQuoted ? 'x'.repeat(name.length + 2) : `"${'x'.repeat(name.length)}"`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
