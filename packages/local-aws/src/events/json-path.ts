/**
 * The paths by which a target takes values out of an event: `$`, then members (`.name`), array elements (`[0]`) and all
 * children (`.*`, `[*]`). Any other form of JSONPath is no path here; EventBridge refuses quoted members (`['name']`), too.
 */
import { isScalar } from './spelled-json.ts';

type Step = { readonly member: string } | { readonly element: number } | 'children';
export type JsonPath = readonly Step[];

const STEP = /\.\*|\[\*\]|\.([^.[\]*'"\s]+)|\[(\d+)\]/y;

/** The steps of a path, or undefined if it is none. */
export function readPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text);
    if (found === null) return undefined;
    const [, member, index] = found;
    if (member !== undefined) steps.push({ member });
    else steps.push(index === undefined ? 'children' : { element: Number(index) });
  }
  return steps;
}

/** What stands in the text at a path that leads to one value, as it is written there; undefined if nothing does. Of a name that stands twice the last counts. */
export function textAt(path: JsonPath, text: string): string | undefined {
  let at = 0;
  for (const step of path) {
    const found = step === 'children' ? undefined : placeIn(step, text, at);
    if (found === undefined) return undefined;
    at = found;
  }
  return text.slice(at, endOf(text, at));
}

/** Where the member or element begins that the step asks for, within the value at `at`. */
function placeIn(step: Exclude<Step, 'children'>, text: string, at: number): number | undefined {
  const isMember = 'member' in step;
  if (text[at] !== (isMember ? '{' : '[')) return undefined;
  let found: number | undefined;
  let from = past(/[\s,]*/y, text, at + 1);
  for (let index = 0; !'}]'.includes(text[from] ?? ']'); index += 1) {
    const nameEnd = isMember ? endOf(text, from) : from;
    const value = isMember ? past(/\s*:\s*/y, text, nameEnd) : from;
    if (isMember ? JSON.parse(text.slice(from, nameEnd)) === step.member : index === step.element) found = value;
    from = past(/[\s,]*/y, text, endOf(text, value));
  }
  return found;
}

/** Where the value ends that begins at `at`. */
function endOf(text: string, at: number): number {
  const first = text[at];
  if (first !== '{' && first !== '[') return past(WORD, text, at);
  let depth = 0;
  for (let to = at; ; ) {
    const char = text[to] ?? '}';
    if ('{['.includes(char)) depth += 1;
    if ('}]'.includes(char)) depth -= 1;
    to = char === '"' ? past(WORD, text, to) : to + 1;
    if (depth === 0) return to;
  }
}

/** A text, or a number or word. */
const WORD = /"(?:[^"\\]|\\.)*"|[^\s,\]}:]+/y;

function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

/** What stands at the path, or undefined. With `.*` or `[*]` in it, a path gives the list of all that it finds. */
export function valueAt(path: JsonPath, root: unknown): unknown {
  const found = path.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => take(step, value)), [root]);
  return path.includes('children') ? found : found[0];
}

/** One step down: none, one or many values. */
function take(step: Step, value: unknown): readonly unknown[] {
  if (isScalar(value)) return [];
  if (step === 'children') return Object.values(value as object);
  if ('element' in step) return Array.isArray(value) && step.element < value.length ? [value[step.element]] : [];
  const isMember = !Array.isArray(value) && Object.hasOwn(value as object, step.member);
  return isMember ? [(value as Readonly<Record<string, unknown>>)[step.member]] : [];
}
